package tributary.worker.engine.torch;

import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.layers.Layer;
import tributary.datasets.Checks;
import tributary.worker.model.ModelException;

/**
 * A layer or vertex under compilation: what DL4J's configuration says, where it stands, and the
 * parameters that belong to it.
 *
 * @param place names it in errors, such as {@code Layer 3 "conv" (ConvolutionLayer)}
 * @param prefix what the names of its parameters start with, such as {@code 3_} or {@code conv_f}
 * @param layer DL4J's configuration; null for a vertex without one
 * @param frozen whether its parameters stay as they are
 * @param parameters of the whole network
 */
record Site(String place, String prefix, Layer layer, boolean frozen, FlatTensors parameters) {
  /** The layer's configuration as what the table says it is. */
  <L extends Layer> L as(Class<L> type) {
    return type.cast(layer);
  }

  /** One of the layer's parameters by DL4J's name within the layer, such as {@code W}. */
  Parameter parameter(String name) {
    return frozen ? noiseless(name) : ParameterNoise.over(leaf(name), name, this);
  }

  /** One of the layer's parameters that DL4J puts no noise on, whatever is configured. */
  Parameter noiseless(String name) {
    Tensor leaf = leaf(name);
    return frozen ? pass -> leaf.detach() : pass -> leaf;
  }

  /** The tensor of the autograd graph that holds a parameter, and its gradient. */
  Tensor leaf(String name) {
    return parameters.leaf(prefix + name);
  }

  /** One of the layer's parameters, if it is configured to have it. */
  Parameter parameter(String name, boolean present) {
    return present ? parameter(name) : Parameter.NONE;
  }

  /** The layer inside this one, whose parameters' names start with {@code part}. */
  Site inner(Layer wrapped, String part) {
    return new Site(place, prefix + part, wrapped, frozen, parameters);
  }

  /** This layer with parameters that don't change. */
  Site asFrozen() {
    return new Site(place, prefix, layer, true, parameters);
  }

  /** A refusal that names the layer, what it asks for, and the remedy. */
  ModelException refusal(String what) {
    return new ModelException(
        Checks.format("%s: engine torch has no %s; set engine.type: nd4j", place, what));
  }

  void require(boolean holds, String what) {
    if (!holds) {
      throw refusal(what);
    }
  }

  /** A row of a table by the class of its key, or a refusal: subclasses are other things. */
  <T> T row(Function<Class<?>, T> table, Object key, String what) {
    T row = table.apply(key.getClass());
    require(row != null, what + " " + key.getClass().getSimpleName());
    return row;
  }
}
