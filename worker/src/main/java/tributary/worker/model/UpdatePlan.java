package tributary.worker.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * What DL4J does between the gradient and the new parameters, in its order: frozen parameters lose
 * their gradient, layers normalise theirs, then each block adds its penalties and lets its updater
 * take the step, and at last constraints bend the result.
 *
 * @param stateSize number of values in the flat optimizer state
 * @param frozen parameters that training leaves alone
 * @param normalizations what is done to the gradients of single layers
 * @param blocks neighbouring parameters that share an updater
 * @param constraints what is imposed on single tensors, each in the order it is applied
 */
public record UpdatePlan(
    long stateSize,
    List<Stretch> frozen,
    List<Normalization> normalizations,
    List<Block> blocks,
    List<Constrained> constraints) {
  /** Keeps own copies of the lists. */
  public UpdatePlan {
    frozen = List.copyOf(frozen);
    normalizations = List.copyOf(normalizations);
    blocks = List.copyOf(blocks);
    constraints = List.copyOf(constraints);
  }

  /**
   * The parameters that no optimizer moves: batch normalisation's running means and variances, the
   * centres of center loss, and what is frozen. DL4J marks them by {@link NoOp}: their layer says
   * itself by how much they change, and DL4J subtracts just that.
   */
  public List<Stretch> statistics() {
    return blocks.stream()
        .filter(block -> block.updater() instanceof NoOp)
        .map(Block::values)
        .toList();
  }

  /** The parameters that an optimizer moves, in their order; neighbours together. */
  public List<Stretch> trained() {
    List<Stretch> left = new ArrayList<>(frozen);
    left.addAll(statistics());
    left.sort(Comparator.comparingLong(Stretch::from));
    long end = blocks.stream().mapToLong(block -> block.values().to()).max().orElse(0);
    List<Stretch> trained = new ArrayList<>();
    long from = 0;
    for (Stretch gap : left) {
      if (gap.from() > from) {
        trained.add(new Stretch(from, gap.from() - from));
      }
      from = Math.max(from, gap.to());
    }
    if (end > from) {
      trained.add(new Stretch(from, end - from));
    }
    return trained;
  }

  /**
   * A part of a flat vector.
   *
   * @param from index of the first value
   * @param size number of values
   */
  public record Stretch(long from, long size) {
    /** The index after the last value. */
    public long to() {
      return from + size;
    }
  }

  /**
   * Gradients that are scaled or clipped, each stretch by itself.
   *
   * @param kind how
   * @param threshold where clipping begins; unused by the kinds that don't clip
   * @param stretches a whole layer, or each of its tensors, as {@code kind} has it
   */
  public record Normalization(
      GradientNormalization kind, double threshold, List<Stretch> stretches) {
    /** Keeps an own copy of the list. */
    public Normalization {
      stretches = List.copyOf(stretches);
    }
  }

  /**
   * Parameters that share an updater.
   *
   * @param values where the parameters lie
   * @param state where the parts of the updater's state lie in the flat optimizer state, in ND4J's
   *     order, each as long as the parameters
   * @param updater the rule and its settings
   * @param penalized the tensors of the block that have penalties
   */
  public record Block(
      Stretch values, List<Stretch> state, IUpdater updater, List<Penalized> penalized) {
    /** Keeps own copies of the lists. */
    public Block {
      state = List.copyOf(state);
      penalized = List.copyOf(penalized);
    }
  }

  /**
   * A tensor with penalties.
   *
   * @param values where it lies
   * @param penalties at least one
   */
  public record Penalized(Stretch values, List<Regularization> penalties) {
    /** Keeps an own copy of the list. */
    public Penalized {
      penalties = List.copyOf(penalties);
    }
  }

  /**
   * A tensor with a constraint.
   *
   * @param tensor where it lies, and its shape
   * @param constraint what is imposed on it
   */
  public record Constrained(ParameterTensor tensor, LayerConstraint constraint) {}
}
