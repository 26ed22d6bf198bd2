import { expect, it } from 'vitest';
import { reasonIn } from './reason-in.ts';
import { NOUNS, PIECES, SENTENCES } from './reasons-es.ts';

const es = (words: string) => reasonIn('es', words);

it('U20 says a reason in Spanish, with names as they are', () => {
  expect(es('deletes /tmp/the file, b and 2 more')).toBe('borra /tmp/the file, b y 2 más');
  expect(es('restarts the print service (cups), the service x')).toBe(
    'reinicia el servicio de impresión (cups), el servicio x',
  );
  expect(es('deletes files under something known only when it runs')).toBe(
    'borra los archivos que hay en algo que solo se sabe al ejecutarse',
  );
  expect(es('Writes to the file /etc/motd.')).toBe('escribe en el archivo /etc/motd');
});

it('U20 joins prepositions and articles, and leaves no preposition without its name', () => {
  expect(es('reloads the settings of the web server (nginx)')).toBe(
    'vuelve a leer los ajustes del servidor web (nginx)',
  );
  expect(es('changes the acl C:\\x')).toBe('cambia los permisos de C:\\x');
  expect(es('changes the acl')).toBe('cambia los permisos');
});

it('U20 says what runs behind sudo, and gives up on what it cannot say', () => {
  expect(es('with an administrator’s rights: `cat` only reads')).toBe('con permisos de administrador: `cat` solo lee');
  expect(es('with an administrator’s rights: does what no rule says')).toBeNull();
  expect(es('does what no rule says')).toBeNull();
  expect(es(`deletes ${'x'.repeat(4000)}`)).toBeNull();
});

it('U20 quotes a thing that has no Spanish name', () => {
  expect(es('removes the foo policy x')).toBe('quita «foo policy x»');
});

it('leaves English as it is', () => expect(reasonIn('en', 'does what no rule says')).toBe('does what no rule says'));

it('never reads what a script names for a gap or for anything but text', () => {
  expect(es('deletes {sentence}')).toBe('borra {sentence}');
  expect(es('deletes constructor, $& and the toString')).toBe('borra constructor, $& and the toString');
});

it('has every gap of a sentence in its Spanish form', () => {
  const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const [english, spanish] of Object.entries(SENTENCES)) expect(gaps(spanish), english).toEqual(gaps(english));
  for (const said of [...Object.values(NOUNS), ...Object.values(PIECES)]) expect(said).not.toContain('{');
});
