/**
 * What a setup says about listening and thinking.
 *
 * Owns the reading of realtimeInputConfig's finer points and of thinkingConfig; setup.ts has checked their shape.
 */
import { isFields, type Fields } from '../protocol/fields.js';

/** How readily speech begins or ends; null: as the provider has it. */
export type Sensitivity = 'HIGH' | 'LOW' | null;

export interface ListeningSetup {
  /** Speech must last this long to begin an activity; null: the emulator's speechStartMs. */
  readonly startMs: number | null;
  /** Silence must last this long to end it; null: the emulator's speechEndSilenceMs. */
  readonly silenceMs: number | null;
  readonly start: Sensitivity;
  readonly end: Sensitivity;
  /**
   * What of the realtime input is part of the turn. Without turnCoverage everything: what clients see of the service's
   * counts does not tell.
   */
  readonly covers: { readonly quietAudio: boolean; readonly quietVideo: boolean };
}

export interface ThinkingSetup {
  /** Asked for by a thinkingConfig, turned off by thinkingBudget 0, or left to the model. */
  readonly mode: 'on' | 'off' | 'unset';
  /** includeThoughts; null: not said. */
  readonly shows: boolean | null;
}

function duration(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}

function sensitivity(value: unknown): Sensitivity {
  const text = typeof value === 'string' ? value : '';
  return text.endsWith('_HIGH') ? 'HIGH' : text.endsWith('_LOW') ? 'LOW' : null;
}

export function readListening(realtimeInputConfig: Fields): ListeningSetup {
  const found = realtimeInputConfig['automaticActivityDetection'];
  const detection = isFields(found) ? found : {};
  const coverage = realtimeInputConfig['turnCoverage'];
  const onlyActivity = coverage === 'TURN_INCLUDES_ONLY_ACTIVITY';
  return {
    startMs: duration(detection['prefixPaddingMs']),
    silenceMs: duration(detection['silenceDurationMs']),
    start: sensitivity(detection['startOfSpeechSensitivity']),
    end: sensitivity(detection['endOfSpeechSensitivity']),
    covers: {
      quietAudio: !onlyActivity && coverage !== 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
      quietVideo: !onlyActivity,
    },
  };
}

export function readThinking(generationConfig: unknown): ThinkingSetup {
  const config = isFields(generationConfig) ? generationConfig['thinkingConfig'] : undefined;
  if (!isFields(config)) return { mode: 'unset', shows: null };
  const shows = config['includeThoughts'];
  return { mode: config['thinkingBudget'] === 0 ? 'off' : 'on', shows: typeof shows === 'boolean' ? shows : null };
}
