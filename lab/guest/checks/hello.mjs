// Says that Node runs and which carriers the binding has here.
import { loadBinding } from '../dist/native/index.js';

console.log('hello', process.version, JSON.stringify(loadBinding().capabilities()));
