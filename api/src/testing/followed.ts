export interface GqlAnswer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export interface Followed<T> {
  events: T[];
  errors: { message: string; extensions?: { code?: string } }[];
  /** The server said that nothing more will come. */
  ended: boolean;
  status: number;
  close(): Promise<void>;
}
