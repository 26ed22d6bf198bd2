/** In small letters, each at its place: the few whose small form is longer stay as they are. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return text.replace(/[^\u0130]+/g, (part) => part.toLowerCase());
}
