package tributary.worker.model;

import java.util.IdentityHashMap;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.UpdaterBlock.ParamState;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;

/**
 * Gives the updaters of a built network their learning rate before each step: DL4J would take it
 * from the optimizer's count of steps, and knows no factor.
 */
final class LearningRates {
  /** What the network works with, each with what its configuration says. */
  private final IdentityHashMap<IUpdater, IUpdater> configured = new IdentityHashMap<>();

  LearningRates(BaseMultiLayerUpdater<?> network) {
    for (UpdaterBlock block : network.getUpdaterBlocks()) {
      for (ParamState tensor : block.getLayersAndVariablesInBlock()) {
        IUpdater updater = tensor.getLayer().getConfig().getUpdaterByParam(tensor.getParamName());
        if (updater != null && updater.hasLearningRate()) {
          configured.computeIfAbsent(updater, IUpdater::clone);
        }
      }
    }
  }

  void set(UpdateRules rules, int epoch) {
    configured.forEach(
        (updater, original) -> {
          updater.setLrAndSchedule(rules.learningRate(original, epoch), null);
          if (updater instanceof Nesterovs nesterovs) {
            nesterovs.setMomentumISchedule(null);
            nesterovs.setMomentum(rules.momentum((Nesterovs) original, epoch));
          }
        });
  }
}
