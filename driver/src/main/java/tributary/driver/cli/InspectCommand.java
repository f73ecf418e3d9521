package tributary.driver.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.driver.conf.Key;
import tributary.driver.run.Models;
import tributary.driver.run.SavedRun;
import tributary.driver.spark.SparkContexts;
import tributary.worker.bench.BenchModel;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** Shows what is in a dataset, a run, a checkpoint or a model. */
@Command(
    name = "inspect",
    description = "Shows what is in a dataset, a run, a checkpoint or a model.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  private static final Pattern IMAGE =
      Pattern.compile("([1-9]\\d{0,3})x([1-9]\\d{0,4})x([1-9]\\d{0,4})");

  private static final Pattern TOKENS = Pattern.compile("([1-9]\\d{0,8})x([1-9]\\d{0,6})");

  @Spec private CommandSpec spec;
  @Mixin private SettingsSources settings;
  @Mixin private Output output;

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  @Option(
      names = "--input",
      paramLabel = "SHAPE",
      description =
          "With --model: the examples; CxHxW for images, 3x224x224, and for NAMEs of text models the"
              + " vocabulary and the steps, 20000x64. A NAME has a default of its own; a FILE tells"
              + " its output shapes and costs only with it, for text 1x64.")
  private String input;

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "With --model NAME: the classes it is built for; it has a default of its own.")
  private Integer classes;

  @Option(
      names = "--verify",
      description = "With --data: read every shard and compare it with its SHA-256.")
  private boolean verify;

  @Option(
      names = "--contact-sheet",
      paramLabel = "FILE",
      description =
          "With --data: draw training images as the network sees them into a new PNG, in evaluation"
              + " and in the first epochs; --conf and --set tell how, as they do for train.")
  private Path contactSheet;

  /** What is looked at. */
  static final class Subject {
    @Option(names = "--data", paramLabel = "DIR", description = "A packed dataset.")
    private String data;

    @Option(names = "--run", paramLabel = "RUN", description = "A run folder.")
    private String run;

    @Option(
        names = "--checkpoint",
        paramLabel = "DIR",
        description = "A checkpoint: RUN/checkpoints/step-N. Verifies its files.")
    private String checkpoint;

    @Option(
        names = "--model",
        paramLabel = "NAME|FILE",
        description = "A model by name, or a file with a DL4J configuration.")
    private String model;
  }

  @Override
  public Integer call() throws IOException {
    Configuration hadoop = SparkContexts.hadoop();
    if (contactSheet != null && subject.data == null) {
      throw new ParameterException(spec.commandLine(), "--contact-sheet is for --data DIR");
    }
    if (contactSheet == null && settings.areGiven()) {
      throw new ParameterException(
          spec.commandLine(), "--conf and --set are for --contact-sheet FILE");
    }
    Inspection inspection = inspect(hadoop);
    output.print(inspection.text(), inspection.json());
    return inspection.faults().isEmpty() ? ExitCode.OK : ExitCode.DATA;
  }

  private Inspection inspect(Configuration hadoop) throws IOException {
    if (subject.data != null) {
      try (Dataset dataset = Dataset.open(subject.data, hadoop)) {
        if (verify) {
          dataset.verify();
        }
        Inspection inspection = Inspection.of(dataset);
        return contactSheet == null ? inspection : inspection.with(drawnSheet(hadoop));
      }
    } else if (subject.run != null) {
      return Inspection.of(SavedRun.open(subject.run, hadoop).folder(), hadoop);
    } else if (subject.checkpoint != null) {
      return Inspection.of(SavedRun.open(subject.checkpoint, hadoop).checkpoint());
    }
    try {
      return Zoo.names().contains(subject.model) ? ofZoo(subject.model) : ofFile(hadoop);
    } catch (ModelException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private DrawnSheet drawnSheet(Configuration hadoop) throws IOException {
    return DrawnSheet.draw(
        settings.settings(List.of(), List.of(Key.DATA_PATH.path() + "=" + subject.data)),
        hadoop,
        contactSheet);
  }

  private Inspection ofZoo(String name) {
    ModelInput example = input == null ? Zoo.usualInput(name) : example(Zoo.usualInput(name));
    ModelConfiguration model =
        Zoo.configuration(
            name,
            new ModelOptions(
                example,
                classes == null ? Zoo.usualClasses(name) : classes,
                1,
                new OptimizerSettings(OptimizerSettings.Type.SGD, 1, 0, 0)));
    return Inspection.of(model, example.shapeOfOne());
  }

  private Inspection ofFile(Configuration hadoop) throws IOException {
    ModelConfiguration model = Models.ofFile(subject.model, hadoop);
    if (input == null) {
      return Inspection.of(model);
    }
    int[] sizes = BenchModel.Shape.parse(input).sizes();
    return Inspection.of(model, IntStream.concat(IntStream.of(1), Arrays.stream(sizes)).toArray());
  }

  /** Examples of the size that {@code --input} tells, of the kind that the network takes. */
  private ModelInput example(ModelInput usual) {
    boolean images = usual instanceof ModelInput.Images;
    Matcher matcher = (images ? IMAGE : TOKENS).matcher(input);
    if (!matcher.matches()) {
      throw new ParameterException(
          spec.commandLine(),
          Checks.format(
              "--input: expected %s, found %s",
              images
                  ? "channels, height and width such as 3x224x224"
                  : "vocabulary and steps such as 20000x64",
              input));
    }
    int first = Integer.parseInt(matcher.group(1));
    int second = Integer.parseInt(matcher.group(2));
    return images
        ? new ModelInput.Images(new ImageShape(first, second, Integer.parseInt(matcher.group(3))))
        : new ModelInput.Tokens(first, second);
  }
}
