package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.TorchOptimizer.scalar;

import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.constraint.BaseConstraint;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import tributary.datasets.Checks;
import tributary.worker.engine.torch.TorchOptimizer.Step;
import tributary.worker.model.ModelException;
import tributary.worker.model.ParameterTensor;
import tributary.worker.model.UpdatePlan.Constrained;

/**
 * DL4J's constraints on updated parameters. Norms are L2 norms over the dimensions that a
 * constraint names.
 *
 * <p>DL4J imposes each constraint twice in a row, which shows only where the second time changes
 * something: in a MinMaxNorm of a rate below 1. There DL4J's factor is wrong as well, so that large
 * norms explode; here the norm goes that share of its way to the limits, as DL4J documents it.
 */
final class TorchConstraints {
  private static final Map<Class<? extends LayerConstraint>, Row> ROWS =
      Map.of(
          MaxNormConstraint.class, TorchConstraints::maxNorm,
          MinMaxNormConstraint.class, TorchConstraints::minMaxNorm,
          UnitNormConstraint.class, TorchConstraints::unitNorm,
          NonNegativeConstraint.class, TorchConstraints::nonNegative);

  private TorchConstraints() {}

  /** Makes a constraint's step on a tensor of its row-major shape. */
  private interface Row {
    Step of(LayerConstraint constraint, Tensor values, ParameterTensor tensor);
  }

  /**
   * The step that imposes a constraint.
   *
   * @param values the tensor in its row-major shape
   * @throws ModelException if this engine doesn't know the constraint
   */
  static Step of(Constrained constrained, Tensor values) {
    LayerConstraint constraint = constrained.constraint();
    Row row = ROWS.get(constraint.getClass());
    if (row == null) {
      throw new ModelException(
          Checks.format(
              "Layer \"%s\": engine torch has no constraint %s yet; set engine.type: nd4j",
              constrained.tensor().layer(), constraint.getClass().getSimpleName()));
    }
    return row.of(constraint, values, constrained.tensor());
  }

  private static Step maxNorm(LayerConstraint constraint, Tensor values, ParameterTensor tensor) {
    MaxNormConstraint maxNorm = (MaxNormConstraint) constraint;
    long[] dimensions = dimensions(maxNorm, tensor);
    return key -> {
      Tensor norm = norm(values, dimensions);
      Tensor target = norm.clamp_max(scalar(maxNorm.getMaxNorm()));
      values.mul_(target.div_(norm.add_(scalar(maxNorm.getEpsilon()))));
    };
  }

  private static Step minMaxNorm(
      LayerConstraint constraint, Tensor values, ParameterTensor tensor) {
    MinMaxNormConstraint minMax = (MinMaxNormConstraint) constraint;
    long[] dimensions = dimensions(minMax, tensor);
    return key -> {
      Tensor norm = norm(values, dimensions);
      Tensor limited =
          norm.clamp(
              new ScalarOptional(scalar(minMax.getMin())),
              new ScalarOptional(scalar(minMax.getMax())));
      Tensor target = norm.lerp(limited, scalar(minMax.getRate()));
      values.mul_(target.div_(norm.add_(scalar(minMax.getEpsilon()))));
    };
  }

  private static Step unitNorm(LayerConstraint constraint, Tensor values, ParameterTensor tensor) {
    long[] dimensions = dimensions((UnitNormConstraint) constraint, tensor);
    return key -> values.div_(norm(values, dimensions));
  }

  private static Step nonNegative(
      LayerConstraint constraint, Tensor values, ParameterTensor tensor) {
    return key -> values.clamp_min_(scalar(0));
  }

  /** Keeps the dimensions it sums over, with one value each. */
  private static Tensor norm(Tensor values, long[] dimensions) {
    return values.norm(new ScalarOptional(scalar(2)), dimensions, /* keepdim= */ true);
  }

  /** A constraint's dimensions in the row-major shape, whose order may be the reverse of DL4J's. */
  private static long[] dimensions(BaseConstraint constraint, ParameterTensor tensor) {
    int rank = tensor.shape().size();
    for (int dimension : constraint.getDimensions()) {
      if (dimension < -rank || dimension >= rank) {
        throw new ModelException(
            Checks.format(
                "Layer \"%s\": %s over dimensions %s: parameter %s has %d",
                tensor.layer(),
                constraint.getClass().getSimpleName(),
                Arrays.toString(constraint.getDimensions()),
                tensor.name(),
                rank));
      }
    }
    return Arrays.stream(constraint.getDimensions())
        .mapToLong(dimension -> Math.floorMod(dimension, rank))
        .map(dimension -> tensor.columnMajor() ? rank - 1 - dimension : dimension)
        .toArray();
  }
}
