package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.worker.engine.StepKey;

/** What falls on a layer's input while training; adding a kind is adding a row. */
final class Dropouts {
  private static final Map<Class<? extends IDropout>, Row> ROWS =
      Map.ofEntries(entry(Dropout.class, given -> dropout((Dropout) given)));

  private Dropouts() {}

  /** How one kind is compiled. */
  private interface Row {
    Drop compile(IDropout dropout);
  }

  /** The input of a training pass with noise on it. */
  private interface Drop {
    Tensor apply(Tensor input, Pass pass);
  }

  /** The dropout that is configured for a layer's input; a refusal if this engine can't run it. */
  static TorchLayer of(Site site) {
    IDropout dropout = site.layer().getIDropout();
    Row row = ROWS.get(dropout.getClass());
    site.require(row != null, "dropout " + dropout.getClass().getSimpleName());
    Drop drop = row.compile(dropout);
    return TorchLayer.ofValues((x, pass) -> pass.training() ? drop.apply(x, pass) : x);
  }

  /** Srivastava et al., JMLR 15, 2014, scaled up while training (section 10: "inverted"). */
  private static Drop dropout(Dropout dropout) {
    return (x, pass) -> {
      double kept = at(dropout.getPSchedule(), dropout.getP(), pass.key());
      Tensor mask = torch.empty_like(x).bernoulli_(kept, new GeneratorOptional(pass.noise()));
      return x.mul(mask.div_(new Scalar(kept)));
    };
  }

  private static double at(ISchedule schedule, double constant, StepKey key) {
    return schedule == null ? constant : schedule.valueAt(Math.toIntExact(key.step()), key.epoch());
  }
}
