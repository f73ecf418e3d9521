package tributary.driver.conf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.SampleOrder;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
import tributary.worker.engine.EngineSettings.Precision;

/**
 * The effective value of every setting and where it came from. Precedence: command line, then
 * recipe, then defaults. Driver only.
 */
public final class Settings {
  private static final String DEFAULTS_RESOURCE = "/tributary/conf/tributary.yaml";
  private static final String DEFAULTS_NAME = "conf/tributary.yaml";

  /** What is chosen of a network by name. */
  private static final Set<Key> MODEL_VARIANT =
      Collections.unmodifiableSet(EnumSet.range(Key.MODEL_WIDTH, Key.MODEL_STEM));

  /** Said to the optimizer from outside, whatever a model's configuration has. */
  private static final Set<Key> OF_EVERY_MODEL =
      Collections.unmodifiableSet(
          EnumSet.of(Key.CLIP_NORM, Key.CLIP_VALUE, Key.PLATEAU_FACTOR, Key.PLATEAU_PATIENCE));

  private static final ObjectWriter ASCII_JSON =
      new ObjectMapper().writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

  private final Map<Key, Scalar> scalars = new EnumMap<>(Key.class);
  private final Map<Key, Object> values = new EnumMap<>(Key.class);
  private final Set<Key> overridden = EnumSet.noneOf(Key.class);

  private Settings() {}

  /** A source of settings: a file's text and its name. */
  public record Source(String text, String name) {}

  /**
   * Merges the defaults, the files in their order, and the command line's overrides.
   *
   * @param files later ones win
   * @param overrides {@code key=value} each
   * @throws ConfigurationException with every problem found
   */
  public static Settings of(List<Source> files, List<String> overrides) {
    Settings settings = new Settings();
    List<String> problems = new ArrayList<>();
    settings.merge(SettingsFile.read(defaults(), DEFAULTS_NAME, problems), problems);
    settings.overridden.clear();
    for (Source file : files) {
      settings.merge(SettingsFile.read(file.text(), file.name(), problems), problems);
    }
    for (String override : overrides) {
      settings.override(override, problems);
    }
    settings.checkTogether(problems);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return settings;
  }

  /**
   * The same settings but for one, whose value was found in another way.
   *
   * @param origin how, in a word or two; {@link #toYaml} tells it
   */
  public Settings with(Key key, long value, String origin) {
    return with(key, Long.toString(value), origin);
  }

  /** The same of a setting that is text. */
  public Settings with(Key key, String value, String origin) {
    Settings other = new Settings();
    other.values.putAll(values);
    other.scalars.putAll(scalars);
    other.overridden.addAll(overridden);
    List<String> problems = new ArrayList<>();
    other.set(key.path(), new Scalar(value, false, origin), problems);
    Checks.argument(problems.isEmpty(), "%s", problems);
    return other;
  }

  /** Whether a setting that may be "auto" is. */
  public boolean isAuto(Key key) {
    return value(key).equals(ValueType.NumberOrAuto.AUTO);
  }

  /** The value of a text or choice setting. */
  public String text(Key key) {
    return (String) value(key);
  }

  /** The value of a whole-number setting that fits an int. */
  public int integer(Key key) {
    return Math.toIntExact(number(key));
  }

  /** The value of a whole-number setting. */
  public long number(Key key) {
    return (Long) value(key);
  }

  /** The value of a decimal setting. */
  public double decimal(Key key) {
    return (Double) value(key);
  }

  /** The value of a setting that is true or false. */
  public boolean flag(Key key) {
    return Boolean.parseBoolean(text(key));
  }

  /** The value of a choice setting as the enum constant of that name. */
  public <E extends Enum<E>> E choice(Key key, Class<E> type) {
    return Enum.valueOf(type, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** All settings as YAML that {@link #of} reads back, each with its origin as a comment. */
  public String toYaml() {
    StringBuilder yaml = new StringBuilder();
    String room = "";
    for (Key key : Key.values()) {
      if (bringer(key).isPresent()) {
        continue;
      }
      int dot = key.path().indexOf('.');
      if (!key.path().substring(0, dot).equals(room)) {
        room = key.path().substring(0, dot);
        yaml.append(room).append(":\n");
      }
      yaml.append("  ").append(key.path().substring(dot + 1)).append(": ").append(literal(key));
      yaml.append(" # ").append(scalars.get(key).place().replaceAll("\\s", " ")).append('\n');
    }
    return yaml.toString();
  }

  /**
   * What a resumed run would do differently from the one that wrote {@code earlier}: one line per
   * setting that changes the result, empty if none does.
   */
  public List<String> changedResults(Settings earlier) {
    return Stream.of(Key.values())
        .filter(this::changesResult)
        .filter(key -> !value(key).equals(earlier.value(key)))
        .map(
            key ->
                Checks.format(
                    "%s: %s in the run, %s now (%s)",
                    key.path(), earlier.literal(key), literal(key), scalars.get(key).place()))
        .toList();
  }

  private boolean changesResult(Key key) {
    return switch (key.effect()) {
      case RESULT -> true;
      case MEASURE -> decimal(Key.PLATEAU_FACTOR) > 0;
      case NONE -> false;
    };
  }

  private Object value(Key key) {
    return Objects.requireNonNull(values.get(key), key::path);
  }

  private String literal(Key key) {
    boolean isText = key.type() instanceof ValueType.Text;
    String text = value(key).toString();
    return isText ? quoted(text) : text;
  }

  /** JSON's strings are YAML's, too. */
  private static String quoted(String text) {
    try {
      return ASCII_JSON.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private void merge(Map<String, Scalar> file, List<String> problems) {
    file.forEach((path, scalar) -> set(path, scalar, problems));
  }

  private void override(String override, List<String> problems) {
    int equals = override.indexOf('=');
    if (equals < 1) {
      problems.add("--set " + override + ": expected KEY=VALUE");
      return;
    }
    String path = override.substring(0, equals).strip();
    String text = override.substring(equals + 1).strip();
    set(path, new Scalar(text, false, "--set"), problems);
  }

  private void set(String path, Scalar scalar, List<String> problems) {
    Optional<Key> key = Key.of(path);
    if (key.isEmpty()) {
      problems.add(
          Checks.format(
              "%s: unknown key %s; the nearest known key is %s",
              scalar.place(), path, nearest(path)));
      return;
    }
    Optional<Object> value = key.get().type().parse(scalar);
    if (value.isEmpty()) {
      problems.add(
          Checks.format(
              "%s: %s: expected %s, found %s",
              scalar.place(),
              path,
              key.get().type().expected(),
              scalar.quoted() ? '"' + scalar.text() + '"' : scalar.text()));
      return;
    }
    values.put(key.get(), value.get());
    scalars.put(key.get(), scalar);
    overridden.add(key.get());
  }

  private void checkTogether(List<String> problems) {
    if (!problems.isEmpty()) {
      return;
    }
    long window = number(Key.BLOCK_EXAMPLES) * number(Key.WINDOW_BLOCKS);
    if (window > SampleOrder.MAX_WINDOW_EXAMPLES) {
      problems.add(
          Checks.format(
              "%s: %s times %s: expected at most %d examples in a window, found %d",
              scalars.get(Key.WINDOW_BLOCKS).place(),
              Key.BLOCK_EXAMPLES.path(),
              Key.WINDOW_BLOCKS.path(),
              SampleOrder.MAX_WINDOW_EXAMPLES,
              window));
    }
    boolean torch = choice(Key.ENGINE_TYPE, EngineSettings.Type.class) == EngineSettings.Type.TORCH;
    if (!torch && choice(Key.ENGINE_PRECISION, Precision.class) != Precision.FP32) {
      problems.add(needsTorch(Key.ENGINE_PRECISION));
    }
    if (!torch && choice(Key.ENGINE_DEVICE, Device.class) == Device.CUDA) {
      problems.add(needsTorch(Key.ENGINE_DEVICE));
    }
    checkTransfer(problems);
    problems.addAll(OptimizerRules.problems(this));
    for (Key key : Key.values()) {
      Optional<Key> bringer = bringer(key);
      if (bringer.isPresent() && overridden.contains(key) && !isAuto(key)) {
        problems.add(
            Checks.format(
                "%s: %s can't be set beside %s: %s brings its own %s",
                scalars.get(key).place(),
                key.path(),
                bringer.get().path(),
                bringer.get() == Key.MODEL_FILE ? "the file" : "it",
                MODEL_VARIANT.contains(key) ? "network" : "optimizer"));
      }
    }
  }

  private void checkTransfer(List<String> problems) {
    boolean isTransfer = !text(Key.MODEL_FROM).isEmpty();
    if (isTransfer && !text(Key.MODEL_FILE).isEmpty()) {
      problems.add(
          Checks.format(
              "%s: model.from can't be set beside model.file: either of them brings the network",
              scalars.get(Key.MODEL_FROM).place()));
    }
    if (!isTransfer && !text(Key.MODEL_FREEZE_TO).isEmpty()) {
      problems.add(needsModelFrom(Key.MODEL_FREEZE_TO));
    }
    if (!isTransfer && flag(Key.MODEL_REPLACE_HEAD)) {
      problems.add(needsModelFrom(Key.MODEL_REPLACE_HEAD));
    }
  }

  private String needsModelFrom(Key key) {
    return Checks.format(
        "%s: %s is about a trained network: set model.from, too",
        scalars.get(key).place(), key.path());
  }

  /** Where a setting got its value. */
  String place(Key key) {
    return scalars.get(key).place();
  }

  private String needsTorch(Key key) {
    return Checks.format(
        "%s: %s %s needs engine.type torch, found %s",
        scalars.get(key).place(), key.path(), text(key), text(Key.ENGINE_TYPE));
  }

  /**
   * Who says what a setting would say otherwise: a DL4J configuration has its own layers and
   * optimizer, a trained network its own layers.
   */
  private Optional<Key> bringer(Key key) {
    boolean isVariant = MODEL_VARIANT.contains(key);
    boolean isOptimizer = key.path().startsWith("optimizer.") && !OF_EVERY_MODEL.contains(key);
    if (!text(Key.MODEL_FILE).isEmpty() && (isVariant || isOptimizer)) {
      return Optional.of(Key.MODEL_FILE);
    }
    return isVariant && !text(Key.MODEL_FROM).isEmpty()
        ? Optional.of(Key.MODEL_FROM)
        : Optional.empty();
  }

  /** The last word counts most: a key in the wrong room, or without one, is still recognised. */
  private static String nearest(String path) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    Comparator<String> byLastWord =
        Comparator.comparingInt(
            known ->
                distance.apply(lastWord(path), lastWord(known))
                    + (room(path).equals(room(known)) ? 0 : 1));
    return Stream.of(Key.values())
        .map(Key::path)
        .min(byLastWord.thenComparingInt(known -> distance.apply(path, known)))
        .orElseThrow();
  }

  private static String lastWord(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  private static String room(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('.')));
  }

  private static String defaults() {
    try (InputStream in = Settings.class.getResourceAsStream(DEFAULTS_RESOURCE)) {
      Checks.argument(in != null, "the job jar lacks %s; build it anew", DEFAULTS_RESOURCE);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
