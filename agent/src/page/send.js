// What the person does, told to the runtime on this computer.
import { base } from './dom.js';
import { language, say } from './language.js';

// Resolves to why it failed, as a code and in words, or null.
export async function post(action, body) {
  try {
    const response = await fetch(`${base}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1' },
      body: JSON.stringify(body),
    });
    if (response.ok) return null;
    const { error } = (await response.json().catch(() => null)) ?? {};
    // The runtime's own words are English, and say more than the catalogue's.
    const words = (language === 'en' && error?.message) || say(`error.${error?.code}`) || say('error.unread');
    return { code: error?.code ?? '', words };
  } catch {
    return { code: '', words: say('error.gone') };
  }
}
