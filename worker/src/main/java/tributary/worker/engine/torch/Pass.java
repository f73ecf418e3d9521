package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import tributary.worker.engine.StepKey;

/**
 * One way through the network: whether it trains, where its noise comes from, and what recurrent
 * layers remember from the segment of the sequence before.
 */
final class Pass implements AutoCloseable {
  /** More time steps than any sequence has: gradients flow back through all. */
  private static final int ALL_STEPS = 1 << 30;

  private final long examples;
  private final Generator noise;
  private StepKey key;
  private final int backwardSteps;
  private final Memory memory;
  private final Memory own;

  private Pass(
      long examples, StepKey key, Generator noise, int backwardSteps, Memory memory, Memory own) {
    this.examples = examples;
    this.key = key;
    this.noise = noise;
    this.backwardSteps = backwardSteps;
    this.memory = memory;
    this.own = own;
  }

  /** A pass that computes outputs: no noise, running statistics. */
  static Pass evaluation(long examples) {
    Memory own = new Memory();
    return new Pass(examples, null, null, Integer.MAX_VALUE, own, own);
  }

  /** The same of sequences that go on from what is remembered of them; the caller closes that. */
  static Pass evaluation(long examples, Memory memory) {
    return new Pass(examples, null, null, Integer.MAX_VALUE, memory, /* own= */ null);
  }

  /**
   * A pass that gradients are taken of, over sequences from their beginning.
   *
   * @param examples size of the minibatch
   * @param key of the step: its seed is the noise's, its clock that of schedules
   * @param device that computes
   * @param backwardSteps how many time steps of a segment gradients flow back through
   */
  static Pass training(long examples, StepKey key, TorchDevice device, int backwardSteps) {
    Memory own = new Memory();
    return training(examples, key, device, backwardSteps, own, own);
  }

  /** The same of sequences that go on from what is remembered of them; the caller closes that. */
  static Pass training(
      long examples, StepKey key, TorchDevice device, int backwardSteps, Memory memory) {
    return training(examples, key, device, backwardSteps, memory, /* own= */ null);
  }

  private static Pass training(
      long examples,
      StepKey key,
      TorchDevice device,
      int backwardSteps,
      Memory memory,
      Memory own) {
    Generator noise = device.noise(key.seed());
    noise.retainReference();
    return new Pass(examples, key, noise, backwardSteps, memory, own);
  }

  /** Size of the minibatch; layers between sequences and rows need it. */
  long examples() {
    return examples;
  }

  /** Whether gradients will be taken, and so noise is wanted. */
  boolean training() {
    return noise != null;
  }

  /** Where all noise of a training pass is drawn from, in the order of the layers. */
  Generator noise() {
    return noise;
  }

  /** The step that a training pass is part of. */
  StepKey key() {
    return key;
  }

  /** Goes on to the next segment, a step of its own for the optimizer, by the same rules. */
  void nextSegment() {
    key = new StepKey(key.step() + 1, key.epoch(), key.seed(), key.rules());
  }

  /** How many of a segment's last time steps gradients flow back through. */
  int backwardSteps() {
    return backwardSteps;
  }

  /** Whether sequences are trained segment by segment. */
  boolean inSegments() {
    return backwardSteps < ALL_STEPS;
  }

  /** What a layer remembered at the end of the segment before; null at the start of a sequence. */
  List<Tensor> remembered(Object layer) {
    return memory.of(layer);
  }

  /** Keeps a layer's state for the next segment; gradients don't flow back through it. */
  void remember(Object layer, List<Tensor> state) {
    memory.keep(layer, state);
  }

  @Override
  public void close() {
    if (own != null) {
      own.close();
    }
    if (noise != null) {
      noise.releaseReference();
    }
  }
}
