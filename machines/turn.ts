/**
 * The turn region: who is speaking. Its `quiet` is the moment in which a connection can be swapped unnoticed.
 *
 *   quiet → userSpeaking → generating → playing → quiet          composing: the app holds a client turn open
 *                              └→ callingTools → generating      interrupted: back to userSpeaking
 *
 * Holds names only. Rules S-TURN-… in SPEC.md.
 */
import { base } from './base.js';

const toolCall = { target: '#callingTools', actions: 'addCalls' } as const;
const finished = [
  { target: '#generating', guard: 'interactionGoesOn', actions: 'announceTurnComplete' },
  { target: '#quiet', actions: 'announceTurnComplete' },
] as const;
/** Speech beside an answer: what interrupts it has an end of its own. */
const speechBeside = {
  'client.activityStart': { actions: 'noteSpeech' },
  'client.activityEnd': { actions: 'forgetSpeech' },
  'server.userSpeech': { actions: 'noteSpeech' },
  'server.userSilent': { actions: 'forgetSpeech' },
} as const;
const speech = { target: '#userSpeaking', actions: 'noteSpeech' } as const;
const cancelled = { target: '#userSpeaking', actions: 'announceInterrupted' } as const;

export const turn = base.createStateConfig({
  initial: 'quiet',
  on: {
    // A new connection knows nothing of a generation or a call that the old one had in progress.
    'connection.established': '.quiet',
  },
  states: {
    quiet: {
      id: 'quiet',
      entry: 'forgetSpeech',
      on: {
        'client.turnOpened': 'composing',
        'client.turnSent': 'generating',
        'client.activityStart': speech,
        'server.userSpeech': speech,
        'server.output': 'generating',
        'server.toolCall': toolCall,
        'server.turnComplete': finished,
      },
    },
    /** turnComplete: false was sent: the client turn stays open, also over a swap. */
    composing: {
      on: {
        'client.turnSent': 'generating',
        // The user went on by voice: the model answers what was put before it, open or not.
        'server.output': 'generating',
        'server.toolCall': toolCall,
        // Of an answer that the app began to write beside.
        'server.turnComplete': { actions: 'announceTurnComplete' },
        'server.interrupted': { actions: 'announceInterrupted' },
        // The next connection gets the open turn whole, and is composing again.
        'connection.established': {},
      },
    },
    userSpeaking: {
      id: 'userSpeaking',
      // Models without voice activity messages never say when the user stopped.
      after: { speechPause: 'quiet' },
      on: {
        'client.turnOpened': 'composing',
        'client.turnSent': 'generating',
        'client.activityEnd': { target: 'generating', actions: 'forgetSpeech' },
        'server.userSpeech': { target: 'userSpeaking', reenter: true, actions: 'noteSpeech' },
        'server.userSilent': 'quiet',
        'server.output': 'generating',
        'server.toolCall': toolCall,
        // The end of the reply that the user has interrupted.
        'server.turnComplete': { actions: 'announceTurnComplete' },
      },
    },
    generating: {
      id: 'generating',
      on: {
        ...speechBeside,
        'client.turnOpened': 'composing',
        'server.generationComplete': 'playing',
        'server.interrupted': cancelled,
        'server.toolCall': toolCall,
        'server.turnComplete': finished,
      },
    },
    /** generationComplete came; the server holds turnComplete until the audio would have been played. */
    playing: {
      on: {
        ...speechBeside,
        'client.turnOpened': 'composing',
        'client.turnSent': 'generating',
        'client.activityStart': speech,
        'server.interrupted': cancelled,
        'server.toolCall': toolCall,
        'server.turnComplete': finished,
      },
    },
    callingTools: {
      id: 'callingTools',
      on: {
        ...speechBeside,
        'server.toolCall': { actions: 'addCalls' },
        'client.toolResponse': [
          { target: 'generating', guard: 'answersLastCall', actions: 'settleCalls' },
          { actions: 'settleCalls' },
        ],
        'server.toolCallCancellation': [
          { target: 'quiet', guard: 'cancelsLastCall', actions: 'settleCalls' },
          { actions: 'settleCalls' },
        ],
        'server.interrupted': { actions: 'announceInterrupted' },
        // Vertex AI ends a turn around each tool call.
        'server.turnComplete': { actions: 'announceTurnComplete' },
      },
    },
  },
});
