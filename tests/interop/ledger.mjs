// A second reader of ledgers, in another language, written from the C2SP texts (signed-note,
// tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-tiles) and RFC 6962, sharing nothing with
// Amana. It answers, for each file named, whether what is in it holds.
//
//   node ledger.mjs vectors VECTOR.json...     replay vectors: one JSON line each
//   node ledger.mjs tiles DIR VKEY             recompute a published tree from its tiles
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leafHash = (entry) => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);
const check = (condition, reason) => { if (!condition) throw new Error(reason); };

function unbase64(text, size) {
  const data = Buffer.from(text, 'base64');
  check(data.toString('base64') === text, 'not canonical base64');
  check(size === undefined || data.length === size, 'a wrong length');
  return data;
}

function number(text) {
  check(/^(0|[1-9][0-9]{0,18})$/.test(text), 'not a number');
  const value = BigInt(text);
  check(value < 1n << 63n, 'too large');
  return Number(value);
}

// --- signed notes ------------------------------------------------------------------------------

function parseKey(vkey) {
  const [, name, id, key] = vkey.match(/^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/);
  const data = unbase64(key, 33);
  check(sha256(Buffer.from(`${name}\n`), data).subarray(0, 4).toString('hex') === id, 'key id');
  return { name, id, algorithm: data[0], public: data.subarray(1) };
}

function ed25519(key, message, signature) {
  const prefix = Buffer.from('302a300506032b6570032100', 'hex'); // SubjectPublicKeyInfo
  const spki = createPublicKey({ key: Buffer.concat([prefix, key.public]), format: 'der', type: 'spki' });
  return signature.length === 64 && verify(null, message, spki, signature);
}

function parseNote(note) {
  const at = note.lastIndexOf('\n\n');
  check(at >= 0 && note.endsWith('\n'), 'no blank line before the signatures');
  const text = note.slice(0, at + 1);
  check(!/[\x00-\x09\x0b-\x1f]/.test(text), 'control characters');
  const signatures = note.slice(at + 2, -1).split('\n').map((line) => {
    const match = line.match(/^\u2014 ([^\s+]+) (\S+)$/);
    check(match, 'a bad signature line');
    const data = unbase64(match[2]);
    check(data.length >= 5, 'a short signature');
    return { name: match[1], id: data.subarray(0, 4).toString('hex'), data: data.subarray(4) };
  });
  return { text, signatures };
}

function openCheckpoint(note, key) {
  const { text, signatures } = parseNote(note);
  const mine = signatures.filter((s) => s.name === key.name && s.id === key.id);
  check(mine.length > 0, 'no signature by a known key');
  check(mine.every((s) => ed25519(key, Buffer.from(text), s.data)), 'a bad signature');
  const [origin, size, root] = text.split('\n');
  check(text.split('\n').length >= 4 && origin === key.name, 'the origin');
  return { origin, size: number(size), root: unbase64(root, 32) };
}

function cosigned(note, witness) {
  const { text, signatures } = parseNote(note);
  const mine = signatures.filter((s) => s.name === witness.name && s.id === witness.id);
  check(witness.algorithm === 4 && mine.length > 0, 'not cosigned');
  for (const { data } of mine) {
    check(data.length === 72, 'a short cosignature');
    const time = data.readBigUInt64BE(0);
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
    check(ed25519(witness, message, data.subarray(8)), 'a bad cosignature');
  }
}

// --- RFC 6962, by the recursive definitions ------------------------------------------------------

const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };

function rootFromPath(index, size, leaf, path) {
  check(index >= 0 && index < size, 'outside of the tree');
  if (size === 1) { check(path.length === 0, 'a hash too many'); return leaf; }
  check(path.length > 0, 'a hash is missing');
  const k = split(size), last = path[path.length - 1], rest = path.slice(0, -1);
  return index < k
    ? nodeHash(rootFromPath(index, k, leaf, rest), last)
    : nodeHash(last, rootFromPath(index - k, size - k, leaf, rest));
}

// RFC 6962, 2.1.2: SUBPROOF(m, D[n], b), folded into the two roots.
function rootsFromProof(m, n, proof, whole, oldRoot) {
  if (m === n) {
    if (whole) { check(proof.length === 0, 'a hash too many'); return [oldRoot, oldRoot]; }
    check(proof.length === 1, 'a wrong number of hashes');
    return [proof[0], proof[0]];
  }
  check(proof.length > 0, 'a hash is missing');
  const k = split(n), last = proof[proof.length - 1], rest = proof.slice(0, -1);
  if (m <= k) {
    const [older, newer] = rootsFromProof(m, k, rest, whole, oldRoot);
    return [older, nodeHash(newer, last)];
  }
  const [older, newer] = rootsFromProof(m - k, n - k, rest, false, oldRoot);
  return [nodeHash(last, older), nodeHash(last, newer)];
}

function treeRoot(leaves) {
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return nodeHash(treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)));
}

// --- what is to be decided -----------------------------------------------------------------------

const kinds = {
  checkpoint: (v) => openCheckpoint(v.note, parseKey(v.vkey)),
  inclusion: (v) => {
    check(JSON.parse(v.line).seq === v.index, 'the record says another place');
    const path = v.proof.map((h) => unbase64(h, 32));
    const root = rootFromPath(v.index, v.size, leafHash(Buffer.from(v.line)), path);
    check(root.equals(unbase64(v.root, 32)), 'another root');
  },
  consistency: (v) => {
    const key = parseKey(v.vkey);
    const older = openCheckpoint(v.old, key), newer = openCheckpoint(v.new, key);
    const proof = v.proof.map((h) => unbase64(h, 32));
    check(older.size <= newer.size, 'rollback');
    if (older.size === 0) return check(proof.length === 0, 'a proof from nothing');
    const [a, b] = rootsFromProof(older.size, newer.size, proof, true, older.root);
    return check(a.equals(older.root) && b.equals(newer.root), 'other roots');
  },
  cosignature: (v) => cosigned(v.note, parseKey(v.witness)),
  'tlog-proof': (v) => {
    const at = v.proof.indexOf('\n\n');
    const lines = v.proof.slice(0, at).split('\n');
    check(at > 0 && lines.shift() === 'c2sp.org/tlog-proof@v1', 'the first line');
    if (lines[0].startsWith('extra ')) lines.shift();
    check(lines[0] && lines[0].startsWith('index '), 'no index');
    const index = number(lines.shift().slice(6));
    const head = openCheckpoint(v.proof.slice(at + 2), parseKey(v.vkey));
    check(JSON.parse(v.line).seq === index, 'the record says another place');
    const path = lines.map((h) => unbase64(h, 32));
    const root = rootFromPath(index, head.size, leafHash(Buffer.from(v.line)), path);
    check(root.equals(head.root), 'another root');
  },
  'whole-ledger': (v) => {
    const head = openCheckpoint(v.note, parseKey(v.vkey));
    v.lines.forEach((line, n) => check(JSON.parse(line).seq === n, 'out of order'));
    check(v.lines.length === head.size, 'another number of entries');
    check(treeRoot(v.lines.map((x) => leafHash(Buffer.from(x)))).equals(head.root), 'another root');
  },
};

// --- the history of an archive's keys (spec/trustees.md) ------------------------------------------

const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((k) => `${JSON.stringify(k)}:${canonical(value[k])}`).join(',')}}`;
};

function signedBy(key, event) {
  const { signature, ...plain } = event;
  const message = Buffer.from(`amana/v1/sign/key-event\0${canonical(plain)}`);
  check(ed25519({ public: key }, message, unbase64(signature, 64)), 'a bad signature');
}

kinds['key-history'] = (v) => {
  check(v.history.endsWith('\n'), 'the last line is cut');
  let before = null;
  for (const line of v.history.slice(0, -1).split('\n')) {
    const event = JSON.parse(line);
    check(canonical(event) === line && event.v === 1, 'not in canonical form');
    const digest = sha256(Buffer.from(line)).toString('hex');
    const ledger = parseKey(event.ledger);
    if (before === null) {
      check(event.kind === 'made' && digest === v.first, 'another beginning');
      signedBy(ledger.public, event);
    } else {
      check(event.kind === 'rotated' && event.previous === before.digest, 'not the event before');
      check(ledger.name === before.ledger.name, 'another ledger');
      const successor = unbase64(event.successor, 32);
      const label = Buffer.from('amana/v1/successor/digest\0');
      const promised = sha256(label, successor, Buffer.from(event.recipient)).toString('hex');
      check(promised === before.next, 'keys that nobody committed to');
      signedBy(successor, event);
    }
    before = { digest, ledger, next: event.next };
  }
};

function tiles(folder, vkey) {
  const head = openCheckpoint(readFileSync(join(folder, 'checkpoint'), 'utf8'), parseKey(vkey));
  const leaves = [];
  for (let index = 0; index * 256 < head.size; index++) {
    const width = Math.min(256, head.size - index * 256);
    const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
    const parts = digits.match(/.{3}/g);
    const name = parts.map((p, i) => (i < parts.length - 1 ? `x${p}` : p)).join('/');
    const suffix = width === 256 ? '' : `.p/${width}`;
    const data = readFileSync(join(folder, 'tile', '0', `${name}${suffix}`));
    check(data.length === width * 32, 'a tile of a wrong length');
    for (let i = 0; i < width; i++) leaves.push(data.subarray(i * 32, i * 32 + 32));
  }
  check(treeRoot(leaves).equals(head.root), 'the tiles give another root');
  return head.size;
}

const [command, ...names] = process.argv.slice(2);
if (command === 'tiles') {
  console.log(tiles(names[0], names[1]));
} else {
  for (const name of names) {
    const vector = JSON.parse(readFileSync(name, 'utf8'));
    let reason = null;
    try { kinds[vector.kind](vector); } catch (error) { reason = error.message; }
    console.log(JSON.stringify({ name, valid: reason === null, reason }));
  }
}
