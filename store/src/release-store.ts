import { type SignedRelease, zRelease } from '@throughline/domain/release';
import type { Tx } from './tenant.ts';

/** How much of a program is kept in one row, and read at once. */
export const PIECE_BYTES = 1024 * 1024;

interface ReleaseRow {
  description: unknown;
  signature: string;
  added_at: Date;
}
export interface KeptRelease extends SignedRelease {
  addedAt: Date;
}

/** All releases that are kept, the last added first; or those of one version. */
export async function releases(tx: Tx, mspId: string, version: string | null = null): Promise<KeptRelease[]> {
  const { rows } = await tx.query<ReleaseRow>(
    `select description, signature, added_at from release
     where msp_id = $1 and ($2::text is null or version = $2) and removed_at is null order by added_at desc, platform, arch`,
    [mspId, version],
  );
  return rows.flatMap(({ description, signature, added_at }) => {
    const release = zRelease.safeParse(description);
    // One that somebody bent in the database must not keep endpoints from connecting: nobody is offered it, and that is all.
    return release.success ? [{ release: release.data, signature, addedAt: added_at }] : [];
  });
}

/** False when this version is or was here for this system: a version is one program, for ever. */
export async function addRelease(tx: Tx, mspId: string, { release, signature }: SignedRelease): Promise<boolean> {
  const { version, platform, arch, bytes, sha256 } = release;
  const { rowCount } = await tx.query(
    `insert into release (msp_id, version, platform, arch, bytes, sha256, description, signature)
     values ($1, $2, $3, $4, $5, decode($6, 'hex'), $7, $8) on conflict do nothing`,
    [mspId, version, platform, arch, bytes, sha256, JSON.stringify(release), signature],
  );
  return rowCount === 1;
}

/** Gives up the programs of a version; of what another version needs too nothing goes. Returns the bytes given back. */
export async function removeRelease(tx: Tx, mspId: string, version: string): Promise<number> {
  await tx.query('update release set removed_at = now() where msp_id = $1 and version = $2 and removed_at is null', [
    mspId,
    version,
  ]);
  const { rows } = await tx.query<{ bytes: number }>(
    `delete from release_piece p where p.msp_id = $1
       and p.sha256 in (select sha256 from release where msp_id = $1 and version = $2)
       and not exists (select from release r where r.msp_id = $1 and r.sha256 = p.sha256 and r.removed_at is null)
     returning length(p.bytes) as bytes`,
    [mspId, version],
  );
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** `offset`: a multiple of PIECE_BYTES. */
export async function keepPiece(tx: Tx, mspId: string, sha256: string, offset: number, piece: Buffer): Promise<void> {
  await tx.query(
    `insert into release_piece (msp_id, sha256, off, bytes) values ($1, decode($2, 'hex'), $3, $4) on conflict do nothing`,
    [mspId, sha256, offset, piece],
  );
}

/** Bytes [from, from + length) of a program; short only at its end. */
export async function programRange(
  tx: Tx,
  mspId: string,
  sha256: string,
  from: number,
  length: number,
): Promise<Buffer> {
  const { rows } = await tx.query<{ off: number; bytes: Buffer }>(
    `select off, substring(bytes from greatest($3::bigint - off, 0)::int + 1
       for (least($4::bigint, off + ${PIECE_BYTES}) - greatest($3::bigint, off))::int) as bytes
     from release_piece
     where msp_id = $1 and sha256 = decode($2, 'hex') and off < $4::bigint and off > $3::bigint - ${PIECE_BYTES}
     order by off`,
    [mspId, sha256, from, from + length],
  );
  return Buffer.concat(rows.map((row) => row.bytes));
}

/** The key that releases are held against when they are added, SPKI DER; null where none was named. */
export async function releaseKeyOf(tx: Tx, mspId: string): Promise<Buffer | null> {
  const { rows } = await tx.query<{ public_key: Buffer }>('select public_key from release_key where msp_id = $1', [
    mspId,
  ]);
  return rows[0]?.public_key ?? null;
}

export async function setReleaseKey(tx: Tx, mspId: string, publicKey: Buffer): Promise<void> {
  await tx.query(
    `insert into release_key (msp_id, public_key) values ($1, $2)
     on conflict (msp_id) do update set public_key = excluded.public_key, at = now()`,
    [mspId, publicKey],
  );
}
