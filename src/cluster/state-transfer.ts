import type { Core } from './core.js';
import { adoptLeader, durableHere } from './following.js';
import { peerAnswered, sendFrom } from './leading.js';
import { ReplicatedLog } from './log.js';
import type { Input, Message } from './types.js';

type Of<P, S, T extends Message<P, S>['type']> = Extract<Message<P, S>, { type: T }>;

/*
 * The state of the application, for a peer whose log does not fit or lacks entries that are no longer kept. It goes in pieces, each sent when an earlier
 * one is on the peer's disk, so that neither node is busy with it for long at a time and nothing else waits in line behind it:
 *
 *   snapshot(piece 0), snapshot(piece 1) ->   <- pieces(1)   snapshot(piece 2) ->   ...   <- appended(index)   append(index + 1) ->
 *
 * The receiver keeps the pieces beside its log, which is replaced in one step when all are there. It is not counted in meanwhile.
 */

/** Pieces under way: while the peer writes one the next one travels. */
const PIECES_UNDER_WAY = 2;

export function wantSnapshot<P, S>(core: Core<P, S>): void {
  if (core.snapshotWanted || core.transfer !== null) return;
  core.snapshotWanted = true;
  core.emit({ type: 'takeSnapshot' });
}

/** Sends the state that was asked for; one that is older than what is kept is asked for again. */
export function onSnapshotTaken<P, S>(
  core: Core<P, S>,
  { index, state }: Extract<Input<P, S>, { type: 'snapshotTaken' }>,
): void {
  if (!core.leads || !core.snapshotWanted) {
    state.release();
    return;
  }
  core.snapshotWanted = false;
  const { log } = core;
  const epoch = log.epochAt(index);
  if (epoch < 0) {
    state.release();
    wantSnapshot(core);
    return;
  }
  const snapshot = { index, epoch, config: log.configUpTo(index), pieces: state.count };
  core.transfer = { snapshot, state, next: 0, durable: 0, durableThen: 0 };
  sendFrom(core, index + 1);
  sendPieces(core);
}

/** The peer has it, or is not the one that needs it any more. */
export function endTransfer<P, S>(core: Core<P, S>): void {
  core.snapshotWanted = false;
  core.transfer?.state.release();
  core.transfer = null;
}

/** The peer says how much of the state it has. */
export function onPieces<P, S>(core: Core<P, S>, message: Of<P, S, 'pieces'>): void {
  if (!core.leads || message.epoch !== core.epoch) return;
  peerAnswered(core);
  const { transfer } = core;
  if (transfer === null || message.index !== transfer.snapshot.index) return;
  // None: it lacks the beginning. If that is old news, it says so when it gets the first piece again.
  transfer.durable = message.durable === 0 ? 0 : Math.max(transfer.durable, message.durable);
  transfer.next = message.durable === 0 ? 0 : Math.max(transfer.next, transfer.durable);
  sendPieces(core);
}

/** What is under way and has not moved for a heartbeat is sent again. */
export function repeatPieces<P, S>(core: Core<P, S>): void {
  const { transfer } = core;
  if (transfer === null) return;
  if (transfer.durable === transfer.durableThen) {
    transfer.next = Math.min(transfer.durable, transfer.snapshot.pieces - 1);
    sendPieces(core);
  }
  transfer.durableThen = transfer.durable;
}

function sendPieces<P, S>(core: Core<P, S>): void {
  const { epoch, transfer } = core;
  if (transfer === null) return;
  const { snapshot, state } = transfer;
  const end = Math.min(snapshot.pieces, transfer.durable + PIECES_UNDER_WAY);
  for (; transfer.next < end; transfer.next++) {
    const piece = transfer.next;
    core.send({ type: 'snapshot', epoch, snapshot, piece, state: state.at(piece) });
  }
}

/** A piece of the state. */
export function onSnapshot<P, S>(core: Core<P, S>, message: Of<P, S, 'snapshot'>): void {
  if (!adoptLeader(core, message.epoch)) return;
  const { epoch, snapshot, piece, state } = message;
  const { log } = core;
  // A repeat, or one that was overtaken by entries. A log that ends with an entry of the leader's epoch is a part of the leader's.
  const ours = log.lastEpoch === epoch || log.epochAt(snapshot.index) === snapshot.epoch;
  if (snapshot.index <= core.matchedIndex || (snapshot.index <= log.lastIndex && ours)) {
    durableHere(core);
    return;
  }
  const intake = intakeOf(core, epoch, snapshot.index, piece);
  if (intake === null) return;
  if (piece !== intake.next) {
    if (piece < intake.next) sendPiecesHad(core, intake.index, intake.durable);
    return;
  }
  intake.next += 1;
  core.write({ kind: 'piece', snapshot, piece, state }, () => {
    intake.durable = piece + 1;
    if (core.intake === intake) sendPiecesHad(core, intake.index, intake.durable);
  });
  if (intake.next === snapshot.pieces) install(core, snapshot);
}

/** The intake that a piece belongs to: a new one for the first piece of a later state. */
function intakeOf<P, S>(core: Core<P, S>, epoch: number, index: number, piece: number) {
  const { intake } = core;
  const later = intake === null || epoch > intake.epoch || (epoch === intake.epoch && index > intake.index);
  if (!later) return intake.epoch === epoch && intake.index === index ? intake : null;
  if (piece !== 0) {
    sendPiecesHad(core, index, 0);
    return null;
  }
  core.intake = { epoch, index, next: 0, durable: 0 };
  return core.intake;
}

function sendPiecesHad<P, S>(core: Core<P, S>, index: number, durable: number): void {
  if (!core.leads) core.send({ type: 'pieces', epoch: core.epoch, index, durable });
}

function install<P, S>(core: Core<P, S>, snapshot: Of<P, S, 'snapshot'>['snapshot']): void {
  const fresh = ReplicatedLog.behind<P>(snapshot);
  fresh.durable = 0;
  core.log = fresh;
  core.matchedIndex = snapshot.index;
  core.intake = null;
  core.emit({ type: 'install', snapshot });
  core.write({ kind: 'reset', snapshot }, () => {
    if (core.log !== fresh) return;
    fresh.durable = Math.max(fresh.durable, snapshot.index);
    durableHere(core);
  });
}
