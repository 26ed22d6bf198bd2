/** What an API token may be made for. A token has its owner's rights, cut down to these. */
export const API_SCOPES = ['read', 'sessions:write', 'commands:write', 'endpoints:write', 'admin'] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/**
 * The scope each mutation of the GraphQL schema takes. 'never': no token does this, whatever its scopes: answering for the person
 * at the device, naming approvers, and everything about how people sign in. A mutation that is not here is never, too.
 */
const MUTATIONS: Readonly<Record<string, ApiScope | 'never'>> = {
  acceptSession: 'sessions:write',
  addMessage: 'sessions:write',
  addToIncident: 'sessions:write',
  assignMany: 'sessions:write',
  assignSession: 'sessions:write',
  captureFacts: 'sessions:write',
  closeIncident: 'sessions:write',
  completeSession: 'sessions:write',
  declineSession: 'sessions:write',
  dropView: 'sessions:write',
  escalateSession: 'sessions:write',
  followUpSession: 'sessions:write',
  holdSession: 'sessions:write',
  markNotificationsRead: 'sessions:write',
  openIncident: 'sessions:write',
  reassignSession: 'sessions:write',
  removeFromIncident: 'sessions:write',
  resolveTriage: 'sessions:write',
  reviewSession: 'sessions:write',
  saveView: 'sessions:write',
  setNotificationPreference: 'sessions:write',
  setPriority: 'sessions:write',
  setShift: 'sessions:write',
  startSession: 'sessions:write',
  typeInSession: 'sessions:write',
  answerCommand: 'commands:write',
  askForCommandRights: 'commands:write',
  cancelCommand: 'commands:write',
  fetchFile: 'commands:write',
  giveCommandRights: 'commands:write',
  keepCommandRights: 'commands:write',
  nudgeApproval: 'commands:write',
  proposeCommand: 'commands:write',
  recordContact: 'sessions:write',
  sendApprovalLink: 'commands:write',
  sendFile: 'commands:write',
  takeCommandRights: 'commands:write',
  withdrawApproval: 'commands:write',
  createEnrollmentToken: 'endpoints:write',
  retireEndpoint: 'endpoints:write',
  createChecklist: 'admin',
  createClient: 'admin',
  createClientGroup: 'admin',
  changeOutboundWebhook: 'admin',
  createOutboundWebhook: 'admin',
  createPsaConnection: 'admin',
  createUser: 'admin',
  deactivateUser: 'admin',
  enableOutboundWebhook: 'admin',
  pauseOutboundWebhook: 'admin',
  retireChecklist: 'admin',
  retireOutboundWebhook: 'admin',
  sendOutboundMessageAgain: 'admin',
  setPolicy: 'admin',
  setSlaPolicy: 'admin',
  testOutboundWebhook: 'admin',
  createApiToken: 'never',
  createApprover: 'never',
  // What leaves the organisation, a person looks through first.
  confirmSnapshot: 'never',
  createSnapshot: 'never',
  decideApproval: 'never',
  discardSnapshot: 'never',
  dispatchCommand: 'never',
  endAllSignIns: 'never',
  endSignIn: 'never',
  hideInSnapshot: 'never',
  reactivateUser: 'never',
  removeSingleSignOn: 'never',
  renewApproverLink: 'never',
  requireSecondFactor: 'never',
  resetSecondFactor: 'never',
  revokeApiToken: 'never',
  revokeApprover: 'never',
  revokeSnapshot: 'never',
  setApproverContact: 'never',
  // Whoever has the contact's mailbox can answer by a link.
  setClientContact: 'never',
  setRight: 'never',
  setSingleSignOn: 'never',
  setSingleSignOnOnly: 'never',
  setUserAccess: 'never',
  showInSnapshot: 'never',
  undoSnapshotEdit: 'never',
  untieSingleSignOn: 'never',
};

/** What a token needs for a field of the schema's root types. */
export const scopeFor = (root: 'query' | 'mutation' | 'subscription', field: string): ApiScope | 'never' =>
  root === 'mutation' ? (MUTATIONS[field] ?? 'never') : 'read';

export const isKnownMutation = (field: string): boolean => field in MUTATIONS;

export const isApiScope = (text: string): text is ApiScope => (API_SCOPES as readonly string[]).includes(text);
