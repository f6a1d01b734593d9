// One conversation over two connections, with no key and no network: the Live API runs inside this process.
import { connect } from 'gemini-lifeline';
import { emulator } from 'gemini-lifeline/emulator';

const session = await connect({
  transport: emulator(), // for the real Live API: genai(new GoogleGenAI({ apiKey })), see genai.mjs
  model: 'gemini-live-2.5-flash-preview',
  config: { responseModalities: ['TEXT'] },
});
session.sendClientContent({ turns: 'My name is Ada.' });
for await (const turn of session.turns()) {
  console.log(`connection ${session.status.current.connection}: ${turn.map(({ text }) => text).join('')}`);
  if (session.stats.rotations > 0) break;
  await session.rotate(); // swaps the connection at a quiet moment, as the session does on a goAway of the server
  session.sendClientContent({ turns: 'What is my name?' });
}
await session.close();
