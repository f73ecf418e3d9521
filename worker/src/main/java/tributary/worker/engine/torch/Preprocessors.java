package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Arrays;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.preprocessor.Cnn3DToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.ComposableInputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnn3DPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;

/**
 * DL4J's input preprocessors: they reshape what one layer gives for the next. Sequences become rows
 * in the order of time, the first steps of all examples before all second ones; images and volumes
 * become rows as they lie in memory, whether channels come first or last.
 */
final class Preprocessors {
  private static final Map<Class<? extends InputPreProcessor>, Row> ROWS =
      Map.ofEntries(
          row(CnnToFeedForwardPreProcessor.class, (given, site) -> imagesToRows()),
          row(FeedForwardToCnnPreProcessor.class, (given, site) -> rowsToImages(given)),
          row(Cnn3DToFeedForwardPreProcessor.class, (given, site) -> volumesToRows()),
          row(FeedForwardToCnn3DPreProcessor.class, (given, site) -> rowsToVolumes(given)),
          row(
              RnnToFeedForwardPreProcessor.class,
              (given, site) -> sequencesToRows(given.getRnnDataFormat())),
          row(
              FeedForwardToRnnPreProcessor.class,
              (given, site) -> rowsToSequences(given.getRnnDataFormat())),
          row(RnnToCnnPreProcessor.class, (given, site) -> sequencesToImages(given)),
          row(
              CnnToRnnPreProcessor.class,
              (given, site) -> rowsToSequences(given.getRnnDataFormat())),
          row(ComposableInputPreProcessor.class, Preprocessors::chain));

  private Preprocessors() {}

  @FunctionalInterface
  private interface Row {
    TorchLayer compile(InputPreProcessor preprocessor, Site site);
  }

  @FunctionalInterface
  private interface Compiler<P extends InputPreProcessor> {
    TorchLayer compile(P preprocessor, Site site);
  }

  static TorchLayer of(InputPreProcessor preprocessor, Site site) {
    return site.row(ROWS::get, preprocessor, "preprocessor").compile(preprocessor, site);
  }

  /** The preprocessors that this engine runs. */
  static Set<Class<? extends InputPreProcessor>> known() {
    return ROWS.keySet();
  }

  private static <P extends InputPreProcessor> Entry<Class<? extends InputPreProcessor>, Row> row(
      Class<P> type, Compiler<P> compiler) {
    return entry(type, (given, site) -> compiler.compile(type.cast(given), site));
  }

  private static TorchLayer imagesToRows() {
    return (input, pass) ->
        new Masked(input.values().flatten(1, -1), mask(input, mask -> mask.flatten(1, -1)));
  }

  private static TorchLayer rowsToImages(FeedForwardToCnnPreProcessor shape) {
    return reshape(shape.getNumChannels(), shape.getInputHeight(), shape.getInputWidth());
  }

  private static TorchLayer volumesToRows() {
    return TorchLayer.ofValues((x, pass) -> x.flatten(1, -1));
  }

  private static TorchLayer rowsToVolumes(FeedForwardToCnn3DPreProcessor shape) {
    long channels = shape.getNumChannels();
    long depth = shape.getInputDepth();
    long height = shape.getInputHeight();
    long width = shape.getInputWidth();
    return shape.isNCDHW()
        ? reshape(channels, depth, height, width)
        : reshape(depth, height, width, channels);
  }

  private static TorchLayer sequencesToRows(RNNFormat format) {
    return (input, pass) ->
        input.values().dim() == 2
            ? input
            : new Masked(
                stepsFirst(input.values(), format).flatten(0, 1),
                mask(input, mask -> mask.t().reshape(-1, 1)));
  }

  private static TorchLayer sequencesToImages(RnnToCnnPreProcessor shape) {
    return (input, pass) ->
        new Masked(
            stepsFirst(input.values(), shape.getRnnDataFormat())
                .reshape(-1, shape.getNumChannels(), shape.getInputHeight(), shape.getInputWidth()),
            mask(input, mask -> mask.t().reshape(-1, 1, 1, 1)));
  }

  /** Rows or images, of which each is one step of one example, as sequences. */
  private static TorchLayer rowsToSequences(RNNFormat format) {
    return (input, pass) -> {
      Tensor rows = input.values().flatten(1, -1);
      long examples = pass.examples();
      Tensor steps = rows.reshape(rows.size(0) / examples, examples, rows.size(1));
      return new Masked(
          format == RNNFormat.NCW ? steps.permute(1, 2, 0) : steps.permute(1, 0, 2),
          mask(input, mask -> mask.reshape(-1, examples).t()));
    };
  }

  private static TorchLayer chain(ComposableInputPreProcessor chain, Site site) {
    return Arrays.stream(chain.getInputPreProcessors())
        .map(each -> of(each, site))
        .reduce((input, pass) -> input, (first, second) -> second.after(first));
  }

  /** Other dimensions after the first; what has them already stays as it is. */
  private static TorchLayer reshape(long... dimensions) {
    long[] shape = new long[dimensions.length + 1];
    shape[0] = -1;
    System.arraycopy(dimensions, 0, shape, 1, dimensions.length);
    return TorchLayer.ofValues((x, pass) -> x.dim() == shape.length ? x : x.reshape(shape));
  }

  /** Sequences as {@code [steps, n, channels]}. */
  private static Tensor stepsFirst(Tensor sequences, RNNFormat format) {
    return format == RNNFormat.NCW ? sequences.permute(2, 0, 1) : sequences.permute(1, 0, 2);
  }

  private static Tensor mask(Masked input, UnaryOperator<Tensor> change) {
    return input.mask() == null ? null : change.apply(input.mask());
  }
}
