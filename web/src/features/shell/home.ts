import { client } from '../../graphql/client.ts';
import { EndpointCountDocument } from '../../graphql/generated/operations.ts';
import { viewerRole } from '../signin/use-viewer.ts';

/** Who works at the board: a session is looked at beside it, not in its place. */
export const homeIsBoard = (): boolean => viewerRole.value === 'dispatcher' || viewerRole.value === 'admin';

/** Where a person's day starts. An admin of an empty house starts in the settings. */
export async function homeOf(): Promise<string> {
  switch (viewerRole.value) {
    case 'technician':
    case 'senior':
      return '/queue';
    case 'manager':
      return '/search';
    case 'admin': {
      const { data } = await client.query(EndpointCountDocument, {}).toPromise();
      return data?.endpoints.totalCount === 0 ? '/settings/clients' : '/board';
    }
    default:
      return '/board';
  }
}
