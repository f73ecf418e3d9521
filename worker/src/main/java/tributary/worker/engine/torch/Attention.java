package tributary.worker.engine.torch;

import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;

/**
 * Scaled dot-product attention, with several heads if its inputs are projected: Vaswani et al.,
 * "Attention Is All You Need", arXiv:1706.03762, sections 3.2.1 and 3.2.2. Sequences are {@code [n,
 * features, steps]}, features first, as everywhere in DL4J.
 */
final class Attention {
  private Attention() {}

  /** One way to attend; it gives a function from queries to answers {@code [n, out, queries]}. */
  @FunctionalInterface
  private interface Heads {
    /**
     * What queries are answered from, projected once.
     *
     * @param mask of the steps of keys and values; null if all count
     */
    UnaryOperator<Tensor> over(Tensor keys, Tensor values, Tensor mask, Pass pass);
  }

  static TorchLayer self(Site site) {
    refuseDropout(site);
    Heads heads = heads(site, site.as(SelfAttentionLayer.class).isProjectInput());
    return (input, pass) -> {
      Tensor x = input.values();
      return input.with(heads.over(x, x, input.mask(), pass).apply(x));
    };
  }

  /** The queries are parameters {@code [1, features, queries]}: there is one step for each. */
  static TorchLayer learned(Site site) {
    refuseDropout(site);
    Heads heads = heads(site, site.as(LearnedSelfAttentionLayer.class).isProjectInput());
    Parameter queries = site.parameter("Q");
    return (input, pass) -> {
      Tensor x = input.values();
      Tensor asked = queries.in(pass).expand(x.size(0), -1, -1);
      return Masked.all(heads.over(x, x, input.mask(), pass).apply(asked));
    };
  }

  /** A simple recurrent layer that remembers what its last output found in the whole input. */
  static TorchLayer recurrent(Site site) {
    refuseDropout(site);
    RecurrentAttentionLayer layer = site.as(RecurrentAttentionLayer.class);
    Heads heads = heads(site, layer.isProjectInput());
    Parameter weights = site.parameter("W");
    Parameter recurrentWeights = site.parameter("RW");
    Parameter bias = site.parameter("b", layer.isHasBias());
    TorchActivation activation = TorchActivations.of(function(layer.getActivation()), site);
    return (input, pass) -> {
      Tensor x = input.values();
      UnaryOperator<Tensor> memory = heads.over(x, x, input.mask(), pass);
      Tensor recurrent = recurrentWeights.in(pass);
      return input.with(
          unrolled(
              torch.linear(x.transpose(1, 2), weights.in(pass).t(), bias.optional(pass)),
              last -> memory.apply(last.unsqueeze(2)).squeeze(2).matmul(recurrent),
              sums -> activation.apply(sums, pass.noise())));
    };
  }

  /** Queries, keys and values of different nodes; padded queries are answered by zeros. */
  static TorchVertex vertex(AttentionVertex vertex, Site site) {
    Heads heads = heads(site, vertex.isProjectInput());
    return (inputs, pass) -> {
      Masked queries = inputs.get(0);
      Masked keys = inputs.get(1);
      Masked values = inputs.get(2);
      Tensor mask =
          Stream.of(keys, values)
              .map(Masked::mask)
              .filter(Objects::nonNull)
              .reduce(Tensor::minimum)
              .orElse(null);
      Tensor answers =
          heads.over(keys.values(), values.values(), mask, pass).apply(queries.values());
      return queries.with(DenseLayers.masked(answers, queries.mask()));
    };
  }

  private static Heads heads(Site site, boolean projected) {
    if (!projected) {
      return (keys, values, mask, pass) -> queries -> attend(queries, keys, values, mask);
    }
    Parameter ofQueries = site.parameter("Wq");
    Parameter ofKeys = site.parameter("Wk");
    Parameter ofValues = site.parameter("Wv");
    Parameter ofAnswers = site.parameter("Wo");
    return (keys, values, mask, pass) -> {
      Tensor projectedKeys = project(keys, ofKeys.in(pass));
      Tensor projectedValues = project(values, ofValues.in(pass));
      Tensor queryWeights = ofQueries.in(pass);
      Tensor answerWeights = ofAnswers.in(pass).t();
      return queries ->
          answerWeights.matmul(
              attend(project(queries, queryWeights), projectedKeys, projectedValues, mask)
                  .flatten(1, 2));
    };
  }

  /**
   * Sequences as each head sees them.
   *
   * @param weights {@code [heads, size, features]}
   * @return {@code [n, heads, size, steps]}
   */
  private static Tensor project(Tensor sequences, Tensor weights) {
    return weights
        .flatten(0, 1)
        .matmul(sequences)
        .reshape(sequences.size(0), weights.size(0), weights.size(1), sequences.size(2));
  }

  /** The mean of the values for each query, weighted by how well the keys fit it. */
  private static Tensor attend(Tensor queries, Tensor keys, Tensor values, Tensor mask) {
    Tensor fit = keys.transpose(-2, -1).matmul(queries); // [..., steps, queries]
    Tensor scaled = fit.div(new Scalar(Math.sqrt((double) keys.size(-2))));
    Tensor counting = mask == null ? scaled : scaled.add(penalty(mask, scaled.dim()));
    return values.matmul(counting.softmax(-2));
  }

  /** Padding fits so badly that it gets no weight, unless there is nothing else. */
  private static Tensor penalty(Tensor mask, long dimensions) {
    Tensor penalty = mask.sub(new Scalar(1)).mul(new Scalar(1e9)).unsqueeze(-1);
    return dimensions == 4 ? penalty.unsqueeze(1) : penalty;
  }

  /**
   * The outputs of a recurrent layer, one step after the other.
   *
   * @param sums of the inputs, {@code [n, steps, features]}
   * @param recurrent what the output of the step before adds
   * @return {@code [n, features, steps]}
   */
  private static Tensor unrolled(
      Tensor sums, UnaryOperator<Tensor> recurrent, UnaryOperator<Tensor> activation) {
    TensorVector outputs = new TensorVector();
    Tensor last = null;
    for (long step = 0; step < sums.size(1); step++) {
      Tensor fresh = sums.select(1, step);
      last = activation.apply(last == null ? fresh : fresh.add(recurrent.apply(last)));
      outputs.push_back(last);
    }
    return torch.stack(outputs, 2);
  }

  /** DL4J gives the leaky unit no leak here: it computes with SameDiff's. */
  private static IActivation function(Activation activation) {
    return activation == Activation.LEAKYRELU
        ? new ActivationLReLU(0)
        : activation.getActivationFunction();
  }

  private static void refuseDropout(Site site) {
    site.require(
        site.layer().getIDropout() == null, "dropout before attention, where DL4J leaves it out");
  }
}
