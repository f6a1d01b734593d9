import { talk } from './load/talk.js';
console.log(await talk({ sessions: Number(process.argv[2] ?? 200), seconds: Number(process.argv[3] ?? 8), profileTo: process.argv[4] ?? null }));
