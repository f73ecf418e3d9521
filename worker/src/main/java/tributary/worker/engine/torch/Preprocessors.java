package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;

/** DL4J's input preprocessors: they reshape what one layer gives for the next. */
final class Preprocessors {
  private static final Map<Class<? extends InputPreProcessor>, Row> ROWS =
      Map.ofEntries(
          entry(CnnToFeedForwardPreProcessor.class, given -> rows()),
          entry(
              FeedForwardToCnnPreProcessor.class,
              given -> images((FeedForwardToCnnPreProcessor) given)));

  private Preprocessors() {}

  private interface Row {
    TorchLayer compile(InputPreProcessor preprocessor);
  }

  static TorchLayer of(InputPreProcessor preprocessor, Site site) {
    Row row = ROWS.get(preprocessor.getClass());
    site.require(row != null, "preprocessor " + preprocessor.getClass().getSimpleName());
    return row.compile(preprocessor);
  }

  private static TorchLayer rows() {
    return TorchLayer.ofValues((x, pass) -> x.flatten(1, -1));
  }

  private static TorchLayer images(FeedForwardToCnnPreProcessor shape) {
    return TorchLayer.ofValues(
        (x, pass) ->
            x.dim() == 4
                ? x
                : x.reshape(
                    x.size(0),
                    shape.getNumChannels(),
                    shape.getInputHeight(),
                    shape.getInputWidth()));
  }
}
