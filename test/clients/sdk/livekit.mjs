/**
 * @livekit/agents-plugin-google: its RealtimeSession, driven as LiveKit's AgentSession drives it: the user's words enter
 * the chat context, generateReply asks for an answer, results of tools are added to the context.
 */
import { initializeLogger, llm } from '@livekit/agents';
import * as google from '@livekit/agents-plugin-google';
import { AudioFrame } from '@livekit/rtc-node';
import { audioTurn, bargeIn, rotatesItself, textTurn, toolTurn, weatherTool } from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';

const citySchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
initializeLogger({ pretty: false, level: 'silent' });

async function converse(stage, { model, tools }) {
  const ears = new Ears();
  const session = new google.realtime.RealtimeModel({
    apiKey: 'any',
    model,
    httpOptions: { baseUrl: stage.baseUrl },
    instructions: 'Answer briefly.',
    contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
  }).session();
  const errors = [];
  session.on('error', ({ error, recoverable }) =>
    errors.push(`${error?.message ?? error} (${recoverable ? '' : 'not '}recoverable)`),
  );
  session.on('input_speech_started', () => {
    ears.interruptions += 1;
  });
  session.on('input_audio_transcription_completed', ({ transcript }) => {
    ears.transcript += transcript;
  });
  session.on('generation_created', async (generation) => {
    const words = async (message) => {
      for await (const text of message.textStream) ears.said += text;
    };
    const sound = async (message) => {
      for await (const frame of message.audioStream) ears.audio += frame.data.length;
    };
    const calls = async () => {
      for await (const { callId, name, args } of generation.functionStream)
        ears.calls.push({ id: callId, name, args: JSON.parse(args) });
    };
    const messages = async () => {
      for await (const message of generation.messageStream) await Promise.all([words(message), sound(message)]);
    };
    await Promise.all([messages(), calls()]);
    ears.turns += 1;
  });
  if (tools) await session.updateTools(tools);
  await until('a connection', async () => (await stage.emulator.connections()).at(-1)?.isReady === true);
  await until('its session', () => session.activeSession !== undefined);
  const voice = {
    async say(text) {
      const context = session.chatCtx;
      context.addMessage({ role: 'user', content: text });
      await session.updateChatCtx(context);
      session.generateReply().catch(() => {});
    },
    stream: (pcm) => session.pushAudio(new AudioFrame(pcm, 16_000, 1, pcm.length)),
    async answerCall({ id, name }, response) {
      const context = session.chatCtx;
      context.items.push(
        llm.FunctionCallOutput.create({ callId: id, name, output: JSON.stringify(response), isError: false }),
      );
      await session.updateChatCtx(context);
    },
  };
  return { stage, ears, voice, errors, close: () => session.close() };
}

await hold(async (stage) => {
  const model = 'gemini-2.5-flash-native-audio-preview-12-2025';
  await stage.part('RealtimeSession', async () => {
    const conversation = await converse(stage, { model });
    // Speech first: the chat context, sent again after a resume, has it as text, which the model quotes with marks.
    await audioTurn(conversation);
    await textTurn(conversation, { spoken: true });
    await bargeIn(conversation);
    await rotatesItself(conversation, /first you said speech of/i);
    await audioTurn(conversation);
    await stage.check('no error is emitted but that of its own close', () => {
      const others = conversation.errors.filter((error) => !error.startsWith('WebSocket closed with code 1005'));
      assert(others.length === 0, others.join('; '));
    });
    await conversation.close();
  });
  await stage.part('RealtimeSession with a tool', async () => {
    const tool = llm.tool({ ...weatherTool, parameters: citySchema, execute: () => null });
    const conversation = await converse(stage, { model, tools: new llm.ToolContext([tool]) });
    await toolTurn(conversation);
    await conversation.close();
  });
  stage.atRotation(
    'by itself, on goAway: closes, dials with its newest handle, and sends its whole chat context once more as clientContent without turnComplete; reports its own close (1005) as an error',
  );
});
