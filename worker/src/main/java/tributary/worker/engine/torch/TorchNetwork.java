package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import tributary.datasets.Checks;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepResult;
import tributary.worker.engine.StepTimes;
import tributary.worker.model.ModelState;

/** A compiled network: what it computes, its parameters, and the optimizer that changes them. */
@SuppressWarnings("try") // scopes and guards are held, not used
final class TorchNetwork implements AutoCloseable {
  private final TorchGraph graph;

  /** Names of the graph's nodes, in its order. */
  private final List<String> layers;

  private final Training training;
  private final FlatTensors parameters;
  private final TorchOptimizer optimizer;
  private final TorchDevice device;

  /** Of the last batch, for one that goes on where its sequences ended. */
  private final Memory memory = new Memory();

  /**
   * How a configuration wants to be trained.
   *
   * @param mean whether the loss is the mean over the minibatch, not the sum
   * @param segment time steps after which parameters are updated and gradients stop: truncated
   *     backpropagation through time, Williams and Peng, Neural Computation 2(4), 1990; 0 if
   *     sequences are trained whole
   * @param backwardSteps how many of a segment's last steps gradients flow back through
   */
  record Training(boolean mean, int segment, int backwardSteps) {
    List<TorchBatch> segments(TorchBatch batch) {
      return segment == 0 ? List.of(batch) : batch.segments(segment);
    }
  }

  TorchNetwork(
      TorchGraph graph,
      List<String> layers,
      Training training,
      FlatTensors parameters,
      TorchOptimizer optimizer,
      TorchDevice device) {
    this.graph = graph;
    this.layers = List.copyOf(layers);
    this.training = training;
    this.parameters = parameters;
    this.optimizer = optimizer;
    this.device = device;
  }

  /**
   * Takes one optimizer step, or one for each segment of the sequences; the loss is then the sum of
   * theirs, each with its penalties.
   */
  StepResult step(TorchBatch batch, StepKey key) {
    double loss = 0;
    StepTimes times = StepTimes.NONE;
    Memory remembered = memory(batch.continued());
    try (Pass pass =
        Pass.training(batch.size(), key, device, training.backwardSteps(), remembered)) {
      for (TorchBatch segment : training.segments(batch)) {
        StepResult result = fit(segment, pass);
        loss += result.loss();
        times = times.plus(result.times());
        pass.nextSegment();
      }
    }
    return new StepResult(loss, times);
  }

  private StepResult fit(TorchBatch batch, Pass pass) {
    long start = System.nanoTime();
    try (PointerScope scope = new PointerScope()) {
      Tensor loss = loss(batch, pass);
      long forward = System.nanoTime();
      loss.backward();
      double value = loss.item_double();
      long backward = System.nanoTime();
      value += update(pass.key());
      device.await();
      long end = System.nanoTime();
      return new StepResult(
          value, new StepTimes(forward - start, backward - forward, end - backward));
    }
  }

  /** The loss without penalties, a scalar in the caller's scope. */
  Tensor loss(TorchBatch batch, Pass pass) {
    Tensor loss = graph.loss(batch, pass);
    return training.mean() ? loss.div(new Scalar(batch.size())) : loss;
  }

  /** The activations of the network's outputs, in evaluation mode, in the caller's scope. */
  List<Masked> activations(List<Masked> features) {
    return activations(features, /* continued= */ false);
  }

  /** The same of sequences that may go on where those of the batch before ended. */
  List<Masked> activations(List<Masked> features, boolean continued) {
    try (Pass pass = Pass.evaluation(features.get(0).values().size(0), memory(continued));
        NoGradGuard guard = new NoGradGuard()) {
      return graph.activations(features, pass);
    }
  }

  /** Number of outputs; all learn the same labels. */
  int outputs() {
    return graph.outputs().size();
  }

  /** The activations of layers by their names, in evaluation mode, in the caller's scope. */
  List<Masked> activations(List<Masked> features, List<String> names) {
    List<Integer> wanted = names.stream().map(this::value).toList();
    try (Pass pass = Pass.evaluation(features.get(0).values().size(0));
        NoGradGuard guard = new NoGradGuard()) {
      return graph.activations(features, wanted, pass);
    }
  }

  /** Which of the graph's values a layer gives. */
  private int value(String layer) {
    int index = layers.indexOf(layer);
    Checks.argument(index >= 0, "no layer %s; known are %s", layer, layers);
    return graph.inputs() + index;
  }

  private Memory memory(boolean continued) {
    if (!continued) {
      memory.close();
    }
    return memory;
  }

  void load(ModelState state) {
    memory.close();
    FlatTensors.copyIn(state.parameters(), parameters.values());
    FlatTensors.copyIn(state.optimizer(), optimizer.state());
    parameters.gradients().zero_();
  }

  ModelState state() {
    return new ModelState(
        FlatTensors.copyOut(parameters.values()), FlatTensors.copyOut(optimizer.state()));
  }

  /** Where minibatches must lie. */
  TorchDevice device() {
    return device;
  }

  FlatTensors parameters() {
    return parameters;
  }

  @Override
  public void close() {
    memory.close();
    parameters.close();
    optimizer.close();
  }

  /** Updates the parameters by the gradients, which are cleared; what the penalties were before. */
  private double update(StepKey key) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      double penalty = optimizer.penalty(key);
      optimizer.update(key);
      return penalty;
    }
  }
}
