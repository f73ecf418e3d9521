package tributary.worker.model;

import static org.deeplearning4j.nn.params.BidirectionalParamInitializer.BACKWARD_PREFIX;
import static org.deeplearning4j.nn.params.BidirectionalParamInitializer.FORWARD_PREFIX;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.UpdaterBlock.ParamState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import tributary.worker.model.UpdatePlan.Block;
import tributary.worker.model.UpdatePlan.Constrained;
import tributary.worker.model.UpdatePlan.Normalization;
import tributary.worker.model.UpdatePlan.Penalized;
import tributary.worker.model.UpdatePlan.Stretch;

/** Reads what a built DL4J network does in an update. */
final class UpdatePlans {
  private UpdatePlans() {}

  static UpdatePlan of(BaseMultiLayerUpdater<?> updater) {
    List<Stretch> frozen = new ArrayList<>();
    List<Normalization> normalizations = new ArrayList<>();
    List<Constrained> constraints = new ArrayList<>();
    for (List<ParamState> layer : layers(updater.getUpdaterBlocks())) {
      if (isFrozen(layer.get(0))) {
        frozen.add(whole(layer));
      } else {
        addNormalization(layer, normalizations);
        addConstraints(layerOf(layer.get(0)), constraints);
      }
    }
    INDArray state = updater.getStateViewArray();
    return new UpdatePlan(
        state == null ? 0 : state.length(),
        frozen,
        normalizations,
        updater.getUpdaterBlocks().stream()
            .filter(block -> !block.isPretrainUpdaterBlock()) // training of the whole skips them
            .flatMap(UpdatePlans::blocks)
            .toList(),
        constraints);
  }

  /** The network's tensors, those of each layer or vertex together. */
  private static List<List<ParamState>> layers(List<UpdaterBlock> blocks) {
    List<List<ParamState>> layers = new ArrayList<>();
    Trainable last = null;
    for (UpdaterBlock block : blocks) {
      for (ParamState tensor : block.getLayersAndVariablesInBlock()) {
        if (tensor.getLayer() != last) {
          last = tensor.getLayer();
          layers.add(new ArrayList<>());
        }
        layers.get(layers.size() - 1).add(tensor);
      }
    }
    return layers;
  }

  /**
   * A block as DL4J cuts it. DL4J takes the order of a layer's table of parameters for their order
   * in the vector, which differs in depthwise and separable convolutions with a bias; where a block
   * would then update others' parameters, its tensors are updated one by one where they really lie.
   */
  private static Stream<Block> blocks(UpdaterBlock block) {
    List<ParamState> tensors = block.getLayersAndVariablesInBlock();
    Stretch whole = stretch(block.getParamOffsetStart(), block.getParamOffsetEnd());
    if (whole(tensors).equals(whole)) {
      return Stream.of(block(block, tensors, 0));
    }
    List<Block> parts = new ArrayList<>();
    long from = 0;
    for (ParamState tensor : tensors) {
      parts.add(block(block, List.of(tensor), from));
      from += stretch(tensor).size();
    }
    return parts.stream();
  }

  /**
   * A block, or a part of it.
   *
   * @param from index of its first value in each part of the block's state
   */
  private static Block block(UpdaterBlock block, List<ParamState> tensors, long from) {
    ParamState first = tensors.get(0);
    IUpdater updater = first.getLayer().getConfig().getUpdaterByParam(first.getParamName());
    Stretch values = whole(tensors);
    long stride = stretch(block.getParamOffsetStart(), block.getParamOffsetEnd()).size();
    return new Block(
        values,
        LongStream.range(0, updater.stateSize(1))
            .map(part -> block.getUpdaterViewOffsetStart() + part * stride + from)
            .mapToObj(start -> new Stretch(start, values.size()))
            .toList(),
        updater,
        tensors.stream()
            .filter(tensor -> !isFrozen(tensor) && !penalties(tensor).isEmpty())
            .map(tensor -> new Penalized(stretch(tensor), penalties(tensor)))
            .toList());
  }

  private static List<Regularization> penalties(ParamState tensor) {
    List<Regularization> penalties =
        tensor.getLayer().getConfig().getRegularizationByParam(tensor.getParamName());
    return penalties == null ? List.of() : penalties;
  }

  /**
   * Frozen parameters keep their place in a block. DL4J moves those of FrozenLayerWithBackprop by
   * their penalties; here they stay.
   */
  private static boolean isFrozen(ParamState tensor) {
    Layer layer = layerOf(tensor);
    return tensor.getLayer() instanceof FrozenVertex
        || layer instanceof FrozenLayer
        || layer instanceof FrozenLayerWithBackprop;
  }

  /** The layer, or that of a graph's vertex; null for a vertex with parameters of its own. */
  private static Layer layerOf(ParamState tensor) {
    return tensor.getLayer() instanceof GraphVertex vertex
        ? vertex.getLayer()
        : (Layer) tensor.getLayer();
  }

  private static void addNormalization(List<ParamState> layer, List<Normalization> into) {
    TrainingConfig configuration = layer.get(0).getLayer().getConfig();
    GradientNormalization kind = configuration.getGradientNormalization();
    if (kind == null || kind == GradientNormalization.None) {
      return;
    }
    boolean byTensor =
        kind == GradientNormalization.RenormalizeL2PerParamType
            || kind == GradientNormalization.ClipL2PerParamType;
    into.add(
        new Normalization(
            kind,
            configuration.getGradientNormalizationThreshold(),
            byTensor ? layer.stream().map(UpdatePlans::stretch).toList() : List.of(whole(layer))));
  }

  private static void addConstraints(Layer layer, List<Constrained> into) {
    if (layer == null) {
      return;
    }
    var configuration = layer.conf().getLayer();
    if (configuration instanceof Bidirectional both) {
      addConstraints(layer, both.getFwd().getConstraints(), FORWARD_PREFIX, into);
      addConstraints(layer, both.getBwd().getConstraints(), BACKWARD_PREFIX, into);
    } else {
      addConstraints(layer, configuration.getConstraints(), "", into);
    }
  }

  /** A constraint names its parameters as the layer does that wears no prefix. */
  private static void addConstraints(
      Layer layer, List<LayerConstraint> constraints, String prefix, List<Constrained> into) {
    if (constraints == null) {
      return;
    }
    for (LayerConstraint constraint : constraints) {
      layer.paramTable().entrySet().stream()
          .filter(tensor -> tensor.getKey().startsWith(prefix))
          .filter(
              tensor -> constraint.getParams().contains(tensor.getKey().substring(prefix.length())))
          .map(tensor -> tensor(layer, tensor.getKey(), tensor.getValue()))
          .forEach(tensor -> into.add(new Constrained(tensor, constraint)));
    }
  }

  private static ParameterTensor tensor(Layer layer, String name, INDArray values) {
    return new ParameterTensor(
        name,
        layer.conf().getLayer().getLayerName(),
        values.offset(),
        Arrays.stream(values.shape()).boxed().toList(),
        values.ordering() == 'f');
  }

  /** What neighbouring tensors cover together. */
  private static Stretch whole(List<ParamState> tensors) {
    List<Stretch> stretches = tensors.stream().map(UpdatePlans::stretch).toList();
    return stretch(
        stretches.stream().mapToLong(Stretch::from).min().orElseThrow(),
        stretches.stream().mapToLong(Stretch::to).max().orElseThrow());
  }

  private static Stretch stretch(ParamState tensor) {
    INDArray values = tensor.getLayer().paramTable(false).get(tensor.getParamName());
    return new Stretch(values.offset(), values.length());
  }

  private static Stretch stretch(long from, long to) {
    return new Stretch(from, to - from);
  }
}
