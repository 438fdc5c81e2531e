/** Whether what goes into a program, and the state that comes out, is what it declared. */
import { AppError } from '../contract/errors.ts';
import type { HostTensors, Program, Tensors } from './program.ts';
import { formatShape } from './trace/graph.ts';

/** Throws `AppError('invalid-input')` naming the first input that is missing, mistyped, misshapen or of the wrong length. */
export function checkInputs(program: Program, inputs: HostTensors): void {
  for (const [name, spec] of Object.entries(program.inputs)) {
    const given = inputs[name];
    const wanted = `${spec.dtype} ${formatShape(spec.shape)}`;
    if (given === undefined) throw new AppError('invalid-input', `${program.name}: input ${name} ${wanted} is missing`);
    const fits = given.shape.length === spec.shape.length && spec.shape.every((d, i) => d === null || d === given.shape[i]);
    if (given.dtype !== spec.dtype || !fits) {
      throw new AppError('invalid-input', `${program.name}: input ${name} is ${given.dtype} ${formatShape(given.shape)}, not ${wanted}`);
    }
    const length = given.shape.reduce((a, b) => a * b, 1);
    if (given.data.length !== length) {
      throw new AppError(
        'invalid-input',
        `${program.name}: input ${name} ${formatShape(given.shape)} has ${given.data.length} numbers, not ${length}`,
      );
    }
  }
}

/** Throws `AppError('internal')` when the state a program returns could not be fed to its next run. */
export function checkNextState(program: Program, next: Tensors): void {
  for (const [name, tensor] of Object.entries(next)) {
    const given = program.state[name];
    if (given === undefined) throw new AppError('internal', `${program.name} returns a state entry it was not given: ${name}`);
    const [was, is] = [given, tensor].map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`);
    if (was !== is)
      throw new AppError('internal', `${program.name} returns state entry ${name} as ${is ?? ''}, but was given ${was ?? ''}`);
  }
}
