package tributary.worker.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.FwdPassType;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.memory.MemoryWorkspaceManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Reading;

/**
 * A DL4J network that was built from a configuration; hides which of DL4J's two classes it is. The
 * one place that reads and writes DL4J's flat parameter vector and updater state.
 *
 * <p>Not thread-safe, like DL4J's networks.
 */
public abstract sealed class Network implements AutoCloseable {
  private final Model model;
  private final NeuralNetwork network;
  private final FitClock clock = new FitClock();

  /** What {@link #fit} changes in the updaters; null before. */
  private LearningRates rates;

  private ClippingListener clipping;

  private <N extends Model & NeuralNetwork> Network(N network) {
    this.model = network;
    this.network = network;
    network.init();
    network.setListeners(clock);
  }

  /**
   * Builds the network with DL4J's initial parameters, drawn from the configuration's seed.
   *
   * @throws ModelException if DL4J refuses the configuration
   */
  public static Network build(ModelConfiguration configuration) {
    Nd4jRuntime.load();
    ModelRules.check(configuration);
    try {
      return switch (configuration.kind()) {
        case MULTI_LAYER -> new Stack(new RememberingStack(configuration.multiLayer()));
        case GRAPH -> new Graph(new RememberingGraph(configuration.graph()));
      };
    } catch (RuntimeException e) {
      throw new ModelException("Cannot build the model: DL4J says: " + e.getMessage(), e);
    }
  }

  /** The initial state of a network with this configuration. */
  public static ModelState initialState(ModelConfiguration configuration) {
    try (Network network = build(configuration)) {
      return network.state();
    }
  }

  /** Where the tensors of a network with this configuration lie. */
  public static ParameterLayout layoutOf(ModelConfiguration configuration) {
    try (Network network = build(configuration)) {
      return network.layout();
    }
  }

  /** What changes a configuration's parameters, without keeping a network. */
  public static UpdatePlan updatePlanOf(ModelConfiguration configuration) {
    try (Network network = build(configuration)) {
      return network.updatePlan();
    }
  }

  /** The parameters and optimizer state; copies. */
  public final ModelState state() {
    return new ModelState(copyOf(network.params()), copyOf(network.updaterState()));
  }

  /** Overwrites parameters and optimizer state. */
  public final void load(ModelState state) {
    copyInto(state.parameters(), network.params(), "parameters");
    copyInto(state.optimizer(), network.updaterState(), "optimizer values");
  }

  /** Where each tensor lies in the flat vector. */
  public final ParameterLayout layout() {
    List<ParameterTensor> tensors = new ArrayList<>();
    model.paramTable().forEach((name, values) -> tensors.add(tensor(name, values)));
    tensors.sort(Comparator.comparingLong(ParameterTensor::offset));
    INDArray optimizer = network.updaterState();
    return new ParameterLayout(tensors, optimizer == null ? 0 : optimizer.length());
  }

  /**
   * What DL4J does between the gradient and the new parameters; of a network that is not trained
   * yet, since training sets the updaters' learning rates.
   */
  public final UpdatePlan updatePlan() {
    Checks.argument(rates == null, "the network's updaters are in use");
    return UpdatePlans.of(updater(/* make= */ true));
  }

  /**
   * One step of training: forward, loss, backward, update. Where there are several outputs, all of
   * them learn the same labels, and the loss is the sum of theirs.
   *
   * @param step steps that the optimizer's state has seen, from which bias corrections follow
   * @param epoch epochs finished before this step
   * @param rules what else is to be said about the update
   */
  public final Fit fit(
      MinibatchArrays minibatch, Reading reading, long step, int epoch, UpdateRules rules) {
    if (rates == null) {
      clipping = new ClippingListener(updatePlan().trained());
      model.setListeners(clock, clipping);
      rates = new LearningRates(updater(/* make= */ true));
    }
    rates.set(rules, epoch);
    clipping.clip(rules.clip());
    setClock(Math.toIntExact(step), epoch);
    begin(reading);
    clock.start();
    fitOn(minibatch.dataSet());
    return clock.finished();
  }

  abstract void fitOn(DataSet minibatch);

  /**
   * What a step reports.
   *
   * @param score the minibatch's mean loss in nats, regularisation included, before the update; of
   *     sequences that are trained in segments the sum over these
   * @param forwardNanos time from the minibatch to the activations
   * @param backwardNanos time from the activations to the gradient
   * @param updateNanos time from the gradient to the new parameters
   */
  public record Fit(double score, long forwardNanos, long backwardNanos, long updateNanos) {}

  /**
   * The first output's activations, in evaluation mode: {@code [size][outputs…]}. Only whole
   * sequences heed masks of steps.
   */
  public final INDArray output(MinibatchArrays minibatch, Reading reading) {
    begin(reading);
    return reading == Reading.WHOLE
        ? output(minibatch.features(), minibatch.mask())
        : readOn(minibatch.features());
  }

  /** The same of examples that all count. */
  public final INDArray output(INDArray features) {
    begin(Reading.WHOLE);
    return output(features, /* mask= */ null);
  }

  /** DL4J forgets what it has read before and after each minibatch; this takes that over. */
  private void begin(Reading reading) {
    if (reading != Reading.CONTINUED) {
      forget();
    }
  }

  abstract INDArray output(INDArray features, INDArray mask);

  /** The outputs at further steps of the sequences that were read last. */
  abstract INDArray readOn(INDArray features);

  /** Forgets the sequences that were read. */
  abstract void forget();

  /**
   * What a layer gives, in evaluation mode: {@code [size][outputs…]}. The network is left at that
   * layer, since the next ones may write over what it gives.
   *
   * @param layer its name
   */
  public final INDArray activations(MinibatchArrays minibatch, String layer) {
    begin(Reading.WHOLE);
    return activations(minibatch.features(), minibatch.mask(), layer);
  }

  abstract INDArray activations(INDArray features, INDArray mask, String layer);

  /** What each layer gives, by its name, in evaluation mode. */
  abstract Map<String, INDArray> activations(INDArray features);

  /**
   * Sends a blank example through the network and takes one step on it: what fails here would fail
   * on every executor. Changes the network.
   *
   * @param blank a minibatch of one example
   * @throws ModelException if it takes no such examples, tells other classes apart, or can't be
   *     trained
   */
  public final void requireFits(Minibatch blank) {
    long[] expected =
        blank.isLabelledByStep()
            ? new long[] {1, blank.classes(), blank.labelsPerExample()}
            : new long[] {1, blank.classes()};
    try (MinibatchArrays arrays = MinibatchArrays.of(blank);
        INDArray output = output(arrays, blank.reading())) {
      if (!Arrays.equals(output.shape(), expected)) {
        throw new ModelException(
            Checks.format(
                "The model's output is %s for one example of %s: expected %s, %s for each of %d"
                    + " classes",
                Arrays.toString(output.shape()),
                Arrays.toString(blank.shape()),
                Arrays.toString(expected),
                blank.isLabelledByStep() ? "one at each step" : "one",
                blank.classes()));
      }
      fit(arrays, blank.reading(), 0, 0, UpdateRules.at(0));
    } catch (ModelException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new ModelException(
          Checks.format(
              "The model can't be trained on examples of %s: %s",
              Arrays.toString(blank.shape()), e.getMessage()),
          e);
    }
  }

  /**
   * Sends a blank example through the network: what fails here would fail on every executor.
   *
   * @throws ModelException if it takes no such examples
   */
  public final void requireReads(Minibatch blank) {
    try (MinibatchArrays arrays = MinibatchArrays.of(blank);
        INDArray output = output(arrays, blank.reading())) {
      Objects.requireNonNull(output, "output");
    } catch (RuntimeException e) {
      throw new ModelException(
          Checks.format(
              "The model can't read examples of %s: %s",
              Arrays.toString(blank.shape()), e.getMessage()),
          e);
    }
  }

  /** The layers in DL4J's order: name and DL4J class. */
  public abstract List<LayerSummary> layers();

  /**
   * Frees what lies outside of Java's heap. DL4J's own way to do so collects garbage twice besides,
   * which takes about a second where Spark runs in the same process.
   */
  @Override
  public final void close() {
    BaseMultiLayerUpdater<?> updater = updater(/* make= */ false);
    free(model.params());
    free(model.getGradientsViewArray());
    free(updater == null ? null : updater.getStateViewArray());
    MemoryWorkspaceManager workspaces = Nd4j.getWorkspaceManager();
    workspaces.getAllWorkspacesForCurrentThread().forEach(workspaces::destroyWorkspace);
  }

  private static void free(INDArray vector) {
    if (vector != null && vector.closeable()) {
      vector.close();
    }
  }

  /**
   * What changes the parameters.
   *
   * @param make whether DL4J, which makes it when it is first needed, makes it now; else it may be
   *     null
   */
  abstract BaseMultiLayerUpdater<?> updater(boolean make);

  abstract void setClock(int iteration, int epoch);

  /**
   * A layer, as {@code inspect} shows it.
   *
   * @param name the layer's name in the network
   * @param type DL4J's name of the layer or vertex
   */
  public record LayerSummary(String name, String type) {}

  /** What a layer reads, first of all: the name of another, or of an input of the network. */
  abstract String inputOf(String layer);

  /** DL4J keys a stack's parameters by the layer's index, a graph's by its name. */
  abstract String layerName(String key);

  private ParameterTensor tensor(String name, INDArray values) {
    List<Long> shape = new ArrayList<>();
    for (long dimension : values.shape()) {
      shape.add(dimension);
    }
    return new ParameterTensor(
        name,
        layerName(ParameterTensor.key(name)),
        values.offset(),
        shape,
        values.ordering() == 'f');
  }

  private static float[] copyOf(INDArray vector) {
    if (vector == null) {
      return new float[0];
    }
    float[] values = new float[Math.toIntExact(vector.length())];
    pointer(vector).get(values);
    return values;
  }

  private static void copyInto(float[] values, INDArray vector, String what) {
    long length = vector == null ? 0 : vector.length();
    Checks.argument(
        values.length == length,
        "the state holds %d %s, the network %d",
        values.length,
        what,
        length);
    if (length > 0) {
      pointer(vector).put(values);
    }
  }

  /** The flat vectors are whole, contiguous buffers, so one copy moves them. */
  private static FloatPointer pointer(INDArray vector) {
    return new FloatPointer(vector.data().addressPointer());
  }

  /** What DL4J's own way to forget passes over, of graphs at least: layers in frozen ones. */
  private static void forgetWrapped(org.deeplearning4j.nn.api.Layer... layers) {
    for (org.deeplearning4j.nn.api.Layer layer : layers) {
      if (layer instanceof BaseWrapperLayer wrapper
          && wrapper.getUnderlying() instanceof RecurrentLayer recurrent) {
        recurrent.rnnClearPreviousState();
      }
    }
  }

  /** Does not forget on its own, but when it is told. */
  @SuppressWarnings("overrides") // DL4J's own
  private static final class RememberingStack extends MultiLayerNetwork {
    RememberingStack(MultiLayerConfiguration configuration) {
      super(configuration);
    }

    @Override
    public void rnnClearPreviousState() {}

    void forget() {
      super.rnnClearPreviousState();
      forgetWrapped(getLayers());
    }
  }

  /**
   * Does not forget on its own, but when it is told; and can be computed in part: DL4J's own way to
   * do so takes one index for another.
   */
  private static final class RememberingGraph extends ComputationGraph {
    private static final long serialVersionUID = 1;

    RememberingGraph(ComputationGraphConfiguration configuration) {
      super(configuration);
    }

    /** What the vertices give, in evaluation mode, up to one in the topological order. */
    Map<String, INDArray> activations(INDArray features, int vertex) {
      int last = 0;
      while (topologicalOrder[last] != vertex) {
        last++;
      }
      return ffToLayerActivationsDetached(
          /* train= */ false,
          FwdPassType.STANDARD,
          /* storeLastForTBPTT= */ false,
          last,
          /* excludeIdxs= */ null,
          new INDArray[] {features},
          getInputMaskArrays(),
          getLabelMaskArrays(),
          /* clearLayers= */ true);
    }

    @Override
    public void rnnClearPreviousState() {}

    void forget() {
      super.rnnClearPreviousState();
      forgetWrapped(getLayers());
    }
  }

  private static final class Stack extends Network {
    private final RememberingStack network;

    Stack(RememberingStack network) {
      super(network);
      this.network = network;
    }

    @Override
    INDArray output(INDArray features, INDArray mask) {
      return network.output(features, /* train= */ false, mask, /* labelsMask= */ null);
    }

    @Override
    INDArray readOn(INDArray features) {
      return network.rnnTimeStep(features);
    }

    @Override
    void forget() {
      network.forget();
    }

    @Override
    void fitOn(DataSet minibatch) {
      network.fit(minibatch);
    }

    @Override
    public List<LayerSummary> layers() {
      List<LayerSummary> layers = new ArrayList<>();
      for (int i = 0; i < network.getnLayers(); i++) {
        layers.add(new LayerSummary(layerName(Integer.toString(i)), type(layer(i))));
      }
      return layers;
    }

    @Override
    INDArray activations(INDArray features, INDArray mask, String layer) {
      int index = layers().stream().map(LayerSummary::name).toList().indexOf(layer);
      network.setLayerMaskArrays(mask, null);
      List<INDArray> all = network.feedForwardToLayer(index, features, /* train= */ false);
      network.clearLayerMaskArrays();
      return all.get(index + 1); // the first are the features
    }

    @Override
    Map<String, INDArray> activations(INDArray features) {
      Map<String, INDArray> activations = new HashMap<>();
      List<INDArray> all = network.feedForward(features, /* train= */ false);
      for (int i = 1; i < all.size(); i++) { // the first are the features
        activations.put(layerName(Integer.toString(i - 1)), all.get(i));
      }
      return activations;
    }

    @Override
    BaseMultiLayerUpdater<?> updater(boolean make) {
      return (BaseMultiLayerUpdater<?>) network.getUpdater(make);
    }

    @Override
    void setClock(int iteration, int epoch) {
      network.getLayerWiseConfigurations().setIterationCount(iteration);
      network.getLayerWiseConfigurations().setEpochCount(epoch);
    }

    @Override
    String inputOf(String layer) {
      List<String> names = layers().stream().map(LayerSummary::name).toList();
      int index = names.indexOf(layer);
      return index == 0 ? "" : names.get(index - 1);
    }

    @Override
    String layerName(String key) {
      String name = layer(Integer.parseInt(key)).getLayerName();
      return name == null ? key : name;
    }

    private Layer layer(int index) {
      return network.getLayerWiseConfigurations().getConf(index).getLayer();
    }

    private static String type(Layer layer) {
      return layer.getClass().getSimpleName();
    }
  }

  private static final class Graph extends Network {
    private final RememberingGraph network;

    Graph(RememberingGraph network) {
      super(network);
      this.network = network;
    }

    @Override
    INDArray output(INDArray features, INDArray mask) {
      INDArray[] masks = mask == null ? null : new INDArray[] {mask};
      INDArray[] outputs = network.output(/* train= */ false, new INDArray[] {features}, masks);
      for (int i = 1; i < outputs.length; i++) {
        outputs[i].close();
      }
      return outputs[0];
    }

    @Override
    void fitOn(DataSet minibatch) {
      network.fit(
          new MultiDataSet(
              new INDArray[] {minibatch.getFeatures()},
              forEachOutput(minibatch.getLabels()),
              new INDArray[] {minibatch.getFeaturesMaskArray()},
              forEachOutput(minibatch.getLabelsMaskArray())));
    }

    @Override
    INDArray readOn(INDArray features) {
      return network.rnnTimeStep(features)[0];
    }

    @Override
    void forget() {
      network.forget();
    }

    private INDArray[] forEachOutput(INDArray values) {
      INDArray[] all = new INDArray[network.getNumOutputArrays()];
      Arrays.fill(all, values);
      return all;
    }

    @Override
    public List<LayerSummary> layers() {
      List<LayerSummary> layers = new ArrayList<>();
      Map<String, org.deeplearning4j.nn.conf.graph.GraphVertex> vertices =
          network.getConfiguration().getVertices();
      for (int index : network.topologicalSortOrder()) {
        GraphVertex vertex = network.getVertices()[index];
        if (vertices.containsKey(vertex.getVertexName())) {
          layers.add(new LayerSummary(vertex.getVertexName(), type(vertex)));
        }
      }
      return layers;
    }

    @Override
    INDArray activations(INDArray features, INDArray mask, String layer) {
      network.setLayerMaskArrays(mask == null ? null : new INDArray[] {mask}, null);
      int vertex = network.getVertex(layer).getVertexIndex();
      INDArray activations = network.activations(features, vertex).get(layer);
      network.clearLayerMaskArrays();
      return activations;
    }

    @Override
    Map<String, INDArray> activations(INDArray features) {
      return network.feedForward(features, /* train= */ false);
    }

    @Override
    BaseMultiLayerUpdater<?> updater(boolean make) {
      return network.getUpdater(make);
    }

    @Override
    void setClock(int iteration, int epoch) {
      network.getConfiguration().setIterationCount(iteration);
      network.getConfiguration().setEpochCount(epoch);
    }

    @Override
    String inputOf(String layer) {
      return network.getConfiguration().getVertexInputs().get(layer).get(0);
    }

    @Override
    String layerName(String key) {
      return key;
    }

    private static String type(GraphVertex vertex) {
      return vertex.hasLayer()
          ? vertex.getLayer().conf().getLayer().getClass().getSimpleName()
          : vertex.getClass().getSimpleName();
    }
  }
}
