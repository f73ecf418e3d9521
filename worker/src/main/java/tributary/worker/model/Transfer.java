package tributary.worker.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import tributary.datasets.Checks;

/**
 * What a new run makes of a trained network: Yosinski et al., "How transferable are features in
 * deep neural networks?", arXiv:1411.1792. Layers that are frozen keep their parameters and batch
 * normalisation's statistics, and run as in evaluation; all others are trained, whatever the source
 * had frozen.
 *
 * @param freezeTo this layer and all it depends on are frozen; empty for none
 * @param classes outputs of a new head with parameters as of a new network; 0 keeps the old one
 * @param seed of the run
 * @param optimizer the update rule of every layer, instead of the source's
 */
public record Transfer(String freezeTo, int classes, long seed, OptimizerSettings optimizer) {
  /** Refuses missing parts. */
  public Transfer {
    Objects.requireNonNull(freezeTo, "freezeTo");
    Objects.requireNonNull(optimizer, "optimizer");
    Checks.argument(classes >= 0, "classes must be >= 0, got %d", classes);
  }

  /**
   * The network that a run begins with.
   *
   * @throws ModelException if there is no such layer, no head that could be replaced, or nothing
   *     left to train
   */
  public Pretrained of(Pretrained source) {
    EditableModel edited = EditableModel.of(source.model());
    edited.restart(seed);
    edited.thawVertices();
    edited.replaceLayers(this::trained);
    Set<String> heads = classes == 0 ? Set.of() : heads(edited);
    heads.forEach(head -> ((FeedForwardLayer) edited.layer(head)).setNOut(classes));
    if (!freezeTo.isEmpty()) {
      freeze(edited, heads);
    }
    ModelConfiguration model = edited.finished();
    return new Pretrained(model, parameters(model, source, heads));
  }

  /** A layer as it is trained: not frozen, and with the run's optimizer. */
  private Layer trained(Layer layer) {
    if (layer instanceof FrozenLayer frozen) {
      return trained(frozen.getLayer());
    } else if (layer instanceof FrozenLayerWithBackprop frozen) {
      return trained(frozen.getUnderlying());
    }
    optimize(layer);
    return layer;
  }

  private void optimize(Layer layer) {
    if (layer instanceof BaseLayer base) {
      base.setIUpdater(optimizer.updater());
      base.setBiasUpdater(null);
      base.setRegularization(penalties());
      base.setRegularizationBias(new ArrayList<>());
    } else if (layer instanceof AbstractSameDiffLayer base) {
      base.setUpdater(optimizer.updater());
      base.setBiasUpdater(null);
      base.setRegularization(penalties());
      base.setRegularizationBias(new ArrayList<>());
    } else if (layer instanceof Bidirectional both) {
      optimize(both.getFwd());
      optimize(both.getBwd());
    } else if (layer instanceof BaseWrapperLayer wrapper) {
      optimize(wrapper.getUnderlying());
    }
  }

  private List<Regularization> penalties() {
    List<Regularization> penalties = new ArrayList<>();
    if (optimizer.weightDecay() > 0) {
      penalties.add(new L2Regularization(optimizer.weightDecay()));
    }
    return penalties;
  }

  /** The last layers with parameters on the way to each output. */
  private static Set<String> heads(EditableModel model) {
    Set<String> heads = new LinkedHashSet<>();
    for (String output : model.outputs()) {
      String head = output;
      while (model.parameterCount(head) == 0 && model.before(head).size() == 1) {
        head = model.before(head).get(0);
      }
      Layer layer = model.layer(head);
      if (!(layer instanceof FeedForwardLayer) || layer instanceof BatchNormalization) {
        throw new ModelException(
            Checks.format(
                "model.replace-head: the head of output %s can't be replaced: expected a layer with"
                    + " a number of outputs, found %s %s",
                model.name(output),
                model.name(head),
                layer == null ? "without a layer" : "(" + layer.getClass().getSimpleName() + ")"));
      }
      heads.add(head);
    }
    return heads;
  }

  private void freeze(EditableModel model, Set<String> heads) {
    String last =
        model.keys().stream()
            .filter(key -> model.name(key).equals(freezeTo))
            .findFirst()
            .orElseThrow(() -> noSuchLayer(model));
    Set<String> frozen = model.upTo(last);
    if (heads.stream().anyMatch(frozen::contains)) {
      throw new ModelException(
          Checks.format(
              "model.freeze-to %s would freeze the head that model.replace-head makes anew",
              freezeTo));
    }
    if (model.keys().stream().allMatch(key -> frozen.contains(key) || isPlain(model, key))) {
      throw new ModelException("model.freeze-to " + freezeTo + " leaves no layer to be trained");
    }
    frozen.forEach(model::freeze);
  }

  private static boolean isPlain(EditableModel model, String key) {
    return model.parameterCount(key) == 0;
  }

  private ModelException noSuchLayer(EditableModel model) {
    return new ModelException(
        Checks.format(
            "model.freeze-to: the network has no layer %s; its layers are %s",
            freezeTo, model.keys().stream().map(model::name).toList()));
  }

  /** Those of the source, but for the heads: theirs follow from the seed. */
  private static float[] parameters(
      ModelConfiguration model, Pretrained source, Set<String> heads) {
    Map<String, ParameterTensor> known = new HashMap<>();
    for (ParameterTensor tensor : Network.layoutOf(source.model()).tensors()) {
      known.put(tensor.name(), tensor);
    }
    try (Network network = Network.build(model)) {
      float[] parameters = network.state().parameters();
      for (ParameterTensor tensor : network.layout().tensors()) {
        if (!heads.contains(tensor.key())) {
          ParameterTensor from = known.get(tensor.name());
          System.arraycopy(
              source.parameters(),
              Math.toIntExact(from.offset()),
              parameters,
              Math.toIntExact(tensor.offset()),
              Math.toIntExact(tensor.size()));
        }
      }
      return parameters;
    }
  }
}
