/* Small things kept in this browser: drafts, command history, the last entry looked at. Storage may be full or forbidden. */

const prefix = 'throughline.';

/** The text under a key, or null. A forbidden storage reads as empty: the page works without it. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch (error) {
    console.warn('This browser does not let the page read what it kept.', error);
    return null;
  }
}

/** Whether it could be kept. Callers with unsaved typing warn before leaving when it could not. */
export function writeStored(key: string, value: string | null): boolean {
  try {
    if (value === null || value === '') localStorage.removeItem(prefix + key);
    else localStorage.setItem(prefix + key, value);
    return true;
  } catch (error) {
    console.warn('This browser does not let the page keep anything.', error);
    return false;
  }
}

/** A kept list of texts; anything unreadable counts as an empty list. */
export function readList(key: string): string[] {
  const text = readStored(key);
  if (text === null) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((x): x is string => typeof x === 'string') : [];
  } catch (error) {
    console.warn('A kept list could not be read and starts anew.', error);
    return [];
  }
}
