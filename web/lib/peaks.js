// Peak dense bfloat16 FLOP/s of devices by their name, from the makers' data sheets.
const PEAKS = [[/H200|H100/, 989e12], [/B200/, 2250e12], [/A100/, 312e12], [/L40S/, 362e12], [/4090/, 165e12], [/V100/, 125e12]];

// NaN where the device is not known.
export function peakOf(name) {
  return PEAKS.find(([pattern]) => pattern.test(name ?? ''))?.[1] ?? NaN;
}
