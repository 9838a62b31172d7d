// What the real face-api says of crops: node face_api.mjs PACKAGE CROPS, raw uint8 RGB of 112 x 112, one after another.
// Writes [age, probability of male] of each as JSON.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const [folder, crops] = process.argv.slice(2).map((path) => resolve(path))
const { tf, nets } = createRequire(import.meta.url)(`${folder}/dist/face-api.node-wasm.js`)
await tf.setBackend('cpu')
await nets.ageGenderNet.loadFromDisk(`${folder}/model`)
const side = 112
const bytes = readFileSync(crops)
const answers = []
for (let place = 0; place < bytes.length; place += 3 * side * side) {
  const face = tf.tensor3d(new Int32Array(bytes.subarray(place, place + 3 * side * side)), [side, side, 3], 'int32')
  const { age, gender } = await nets.ageGenderNet.forward(face)
  answers.push([age.dataSync()[0], gender.dataSync()[0]])
}
console.log(JSON.stringify(answers))
