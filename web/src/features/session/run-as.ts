/** Words for the account a command is to run under, before the endpoint has told its name. */
export function runAsWords(runAs: string): string {
  if (runAs === 'runtime' || runAs === '') return 'the runtime’s own account';
  if (runAs === 'logged_in_user') return 'the signed-in user';
  return runAs;
}
