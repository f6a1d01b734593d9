/**
 * What the emulator's half must be beside right: it takes and answers what the service took and answered.
 *
 * Owns the words. Not of the grammar: a recording cannot break these. checkRecording.ts and drive.ts find the breaches.
 */

export interface EmulatorRule {
  readonly id: string;
  readonly source: string;
  readonly says: string;
}

export const takesWhatTheServiceTook: EmulatorRule = {
  id: 'emulator/takes-what-the-service-took',
  source: 'the recording itself: the service did not end the connection there',
  says: 'The emulator ends no connection over a message that the service took.',
};

export const answersWhatTheServiceAnswered: EmulatorRule = {
  id: 'emulator/answers-what-the-service-answered',
  source: 'the recording itself: output, a call or the end of a turn came there',
  says: 'Where the service answered a turn or a tool response of the client before the next one, so does the emulator.',
};

export const emulatorRules: readonly EmulatorRule[] = [takesWhatTheServiceTook, answersWhatTheServiceAnswered];
