/** `PrintJob` → "print job". */
export const noun = (text: string): string =>
  text
    .replace(/^(AD|Mg|Az|Net|Smb|Vpn|Dns|Entra|WB|VBR|Dba|Sql)(?=[A-Z][a-z])/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z0-9]+$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
