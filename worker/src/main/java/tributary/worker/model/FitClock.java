package tributary.worker.model;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads the clock where DL4J goes from one part of a step to the next. */
final class FitClock extends BaseTrainingListener {
  private long last;
  private long forward;
  private long backward;
  private long update;
  private double score;

  /** A new step begins now. */
  void start() {
    forward = 0;
    backward = 0;
    update = 0;
    score = 0;
    last = System.nanoTime();
  }

  /** The score is the sum over the segments of sequences, if they are trained in some. */
  Network.Fit finished() {
    return new Network.Fit(score, forward, backward, update);
  }

  @Override
  public void onForwardPass(Model model, List<INDArray> activations) {
    forward += lap();
  }

  @Override
  public void onForwardPass(Model model, Map<String, INDArray> activations) {
    forward += lap();
  }

  @Override
  public void onBackwardPass(Model model) {
    backward += lap();
  }

  @Override
  public void iterationDone(Model model, int iteration, int epoch) {
    update += lap();
    score += model.score();
  }

  private long lap() {
    long now = System.nanoTime();
    long nanos = now - last;
    last = now;
    return nanos;
  }
}
