package tributary.driver.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.Part;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.pack.PackCache;
import tributary.driver.pack.PackProgress;
import tributary.driver.report.Progress.Terminal;
import tributary.driver.run.Datasets;

/** The option that makes a dataset of files that nobody has packed. */
final class OwnData {
  private static final double DEFAULT_SHARE = 0.1;
  private static final String TRAIN = "train";
  private static final String VALIDATION = "validation";
  private static final String TEST = "test";

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--validation-share",
      paramLabel = "X",
      description =
          "Where --data is not packed yet: share of the split train that becomes the split"
              + " validation, by a hash of each example's name (default: 0.1 if there is neither a"
              + " validation nor a test split, else 0).")
  private Optional<Double> validationShare = Optional.empty();

  @Mixin private TextMixin ofText;

  /**
   * The settings with a packed dataset: as they are if they name one; else the files they name are
   * packed beside the runs, or were before.
   *
   * @param runs the folder that run folders lie in
   * @param spark asked if something is to be packed
   * @throws DataException if the files cannot be packed, or not be trained on
   */
  Settings packed(
      Settings settings, Path runs, Supplier<JavaSparkContext> spark, Configuration hadoop)
      throws IOException {
    requireShare();
    String named = settings.text(Key.DATA_PATH);
    Optional<SourceFormat> format =
        named.isEmpty() ? Optional.empty() : SourceFormat.recognized(named, hadoop);
    if (format.isPresent()) {
      return packed(settings, format.get(), PackCache.in(runs, hadoop), spark, hadoop);
    }
    if (!named.isEmpty()) {
      requireNotLost(new Path(named), hadoop);
    }
    if (validationShare.isPresent()) {
      throw usage(
          "--validation-share is about files that are packed when they are trained on, which these"
              + " are not: "
              + named);
    }
    return settings;
  }

  private Settings packed(
      Settings settings,
      SourceFormat format,
      PackCache cache,
      Supplier<JavaSparkContext> spark,
      Configuration hadoop)
      throws IOException {
    String named = settings.text(Key.DATA_PATH);
    SourceOptions options =
        new SourceOptions(
            List.of(new SourceOptions.Input(Optional.empty(), named)),
            List.of(),
            ofText.options(spec));
    ExampleSource source = format.open(options, hadoop);
    Datasets.requireTrainable(source.task(), named);
    Set<String> splits = source.parts().stream().map(Part::split).collect(Collectors.toSet());
    PackSettings packing = packSettings(settings, format, splits);
    PackCache.Place place = cache.place(new Path(named), format, options, packing);
    Optional<Manifest> made = place.manifest();
    tell(
        made.isPresent()
            ? Checks.format("Using %s, packed from %s before", place.uri(), named)
            : Checks.format(
                "Packing %s (%s) to %s, which is used again until a file changes",
                named, format, place.uri()));
    if (made.isEmpty()) {
      place.others().ifPresent(this::tell);
    }
    Manifest manifest =
        made.isPresent()
            ? made.get()
            : place.pack(
                source, spark, new PackProgress(System.err, Terminal.detect() == Terminal.YES));
    if (packing.validationShare() > 0 && !splits.contains(VALIDATION)) {
      tellShare(manifest, packing);
    }
    return measured(settings.with(Key.DATA_PATH, place.uri(), "packed from " + named), manifest);
  }

  private PackSettings packSettings(Settings settings, SourceFormat format, Set<String> splits) {
    double share = splits.equals(Set.of(TRAIN)) ? DEFAULT_SHARE : 0;
    boolean skips = settings.choice(Key.ON_BAD_EXAMPLE, OnBadExample.class) == OnBadExample.SKIP;
    return new PackSettings(
        PackCommand.SHARD_SIZE,
        validationShare.orElse(share),
        format.channels(),
        0,
        PackCommand.JPEG_QUALITY,
        skips ? settings.decimal(Key.MAX_BAD_FRACTION) : -1,
        ofText.settings(spec));
  }

  /** A split that the data lack is stood in for by the other one that is not trained on. */
  private Settings measured(Settings settings, Manifest manifest) {
    String wanted = settings.text(Key.EVALUATION_SPLIT);
    String other = wanted.equals(TEST) ? VALIDATION : TEST;
    if (!Set.of(TEST, VALIDATION).contains(wanted)
        || manifest.splits().containsKey(wanted)
        || !manifest.splits().containsKey(other)) {
      return settings;
    }
    tell(Checks.format("There is no split %s: accuracy is measured on %s", wanted, other));
    return settings.with(Key.EVALUATION_SPLIT, other, "there is no split " + wanted);
  }

  private void tellShare(Manifest manifest, PackSettings packing) throws IOException {
    long held = manifest.examples(VALIDATION);
    tell(
        Checks.format(
            "Of %d training examples %d are kept for validation, by a hash of their names"
                + " (--validation-share %s)",
            held + manifest.examples(TRAIN), held, packing.validationShare()));
  }

  /** Whoever cleared the cache knows what was in it better than this does. */
  private static void requireNotLost(Path path, Configuration hadoop) throws IOException {
    Path parent = path.getParent();
    if (parent != null
        && parent.getName().equals(PackCache.FOLDER)
        && !Storage.fileSystem(path, hadoop).exists(path)) {
      throw new MissingDatasetException(
          Checks.format(
              "The packed dataset %s is gone: name the files it was made of with --data, and it is"
                  + " packed again",
              path));
    }
  }

  private void requireShare() {
    validationShare.ifPresent(
        share -> {
          if (!(share >= 0 && share < 1)) {
            throw usage("--validation-share: expected a number >= 0 and < 1, found " + share);
          }
        });
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void tell(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }
}
