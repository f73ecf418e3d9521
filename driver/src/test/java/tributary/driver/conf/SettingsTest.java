package tributary.driver.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Seeds;
import tributary.driver.conf.ValueType.Choice;
import tributary.driver.conf.ValueType.Decimal;
import tributary.driver.conf.ValueType.NumberOrAuto;
import tributary.driver.conf.ValueType.WholeNumber;
import tributary.worker.engine.EngineSettings;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.OuterStepType;

class SettingsTest {
  private static final Settings DEFAULTS = Settings.of(List.of(), List.of());

  private static final List<Key> BOUND_TO_OTHERS =
      List.of(
          Key.MODEL_FILE,
          Key.MODEL_FROM,
          Key.MODEL_FREEZE_TO,
          Key.MODEL_REPLACE_HEAD,
          Key.ENGINE_PRECISION,
          Key.ENGINE_DEVICE,
          Key.SCHEDULE,
          Key.CLIP_VALUE,
          Key.EVALUATE_EVERY_EPOCHS);

  @Test
  void defaultsNameExactlyTheKnownKeysAndEachIsValid() throws Exception {
    List<String> problems = new ArrayList<>();
    var defaults = SettingsFile.read(defaultsFile(), "defaults", problems);

    assertThat(problems).isEmpty();
    assertThat(new TreeSet<>(defaults.keySet()))
        .isEqualTo(new TreeSet<>(Stream.of(Key.values()).map(Key::path).toList()));
    for (Key key : Key.values()) {
      assertThat(key.type().parse(defaults.get(key.path()))).as(key.path()).isPresent();
    }
  }

  @Test
  void commandLineWinsOverFileOverDefault() {
    List<Settings.Source> files =
        List.of(file("training: {replicas: 3, epochs: 7}"), file("training.epochs: 8"));

    Settings settings = Settings.of(files, List.of("training.replicas=4", "data.path = /a b "));

    assertThat(settings.integer(Key.REPLICAS)).isEqualTo(4);
    assertThat(settings.integer(Key.EPOCHS)).isEqualTo(8);
    assertThat(settings.number(Key.LOCAL_STEPS)).isEqualTo(DEFAULTS.number(Key.LOCAL_STEPS));
    assertThat(settings.text(Key.DATA_PATH)).isEqualTo("/a b");
  }

  @Test
  void everyProblemOfAFileIsToldAtOnceWithItsLine() {
    String text =
        """
        training:
          local-step: 20
          replicas: many
        # a comment

        optimizer:
          momentum: 1.5
        """;

    assertThat(problemsOf(text))
        .containsExactly(
            "my.yaml:2: unknown key training.local-step; the nearest known key is"
                + " training.local-steps",
            "my.yaml:3: training.replicas: expected a whole number in 1..65536, found many",
            "my.yaml:7: optimizer.momentum: expected a number >= 0 and < 1, found 1.5");
  }

  @Test
  void problemsOfFilesAndCommandLineAreToldTogether() {
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                Settings.of(
                    List.of(file("seed: 1"), new Settings.Source("a: \"", "b.yaml")),
                    List.of("engine.type=tensorflow", "no-equals-sign", "=3")));

    assertThat(e.getMessage().lines())
        .hasSize(5)
        .satisfies(
            lines -> {
              assertThat(lines.get(0))
                  .isEqualTo("my.yaml:1: unknown key seed; the nearest known key is training.seed");
              assertThat(lines.get(1)).startsWith("b.yaml:1: not YAML: ");
              assertThat(lines.get(2))
                  .isEqualTo("--set: engine.type: expected one of nd4j, torch, found tensorflow");
              assertThat(lines.get(3)).isEqualTo("--set no-equals-sign: expected KEY=VALUE");
              assertThat(lines.get(4)).isEqualTo("--set =3: expected KEY=VALUE");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "training.learning-rate, optimizer.learning-rate",
    "learning-rate, optimizer.learning-rate",
    "optimiser.type, optimizer.type",
    "train.epochs, training.epochs",
    "checkpoint.every-round, checkpoint.every-rounds",
    "training.minibatchSize, training.minibatch-size",
    "data.pth, data.path",
  })
  void theNearestKeyIsTheOneThatWasMeant(String typed, String meant) {
    assertThat(problemsOf(typed + ": 1"))
        .containsExactly("my.yaml:1: unknown key " + typed + "; the nearest known key is " + meant);
  }

  @Test
  void aKeyThatIsSetTwiceIsRefusedHoweverItIsWritten() {
    assertThat(problemsOf("training:\n  seed: 1\ntraining.seed: 2\n"))
        .containsExactly("my.yaml:3: training.seed is set twice, first at my.yaml:2");
    assertThat(problemsOf("training:\n  seed: 1\n  seed: 1\n"))
        .containsExactly("my.yaml:3: training.seed is set twice, first at my.yaml:2");
  }

  @Test
  void aListIsRefusedByTheNameOfItsKey() {
    assertThat(problemsOf("training:\n  seed: [1, {a: 2}]\n  epochs: 0\n"))
        .containsExactly(
            "my.yaml:2: training.seed: expected one value, found a list",
            "my.yaml:3: training.epochs: expected a whole number in 1..1000000, found 0");
  }

  @Test
  void brokenYamlIsRefusedWithItsLine() {
    assertThat(problemsOf("training:\n  seed: 1\n   epochs: 2\n"))
        .containsExactly("my.yaml:3: not YAML: mapping values are not allowed here");
    assertThat(problemsOf("data:\n  path: \"unclosed\n"))
        .containsExactly("my.yaml:2: not YAML: found unexpected end of stream");
    assertThat(problemsOf("data:\n  path: a\u0007b\n"))
        .singleElement()
        .asString()
        .matches("my.yaml:\\d: not YAML: .*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"- a\n- b\n", "just words\n", "42\n"})
  void aFileThatIsNoTableIsRefused(String text) {
    assertThat(problemsOf(text)).containsExactly("my.yaml:1: expected \"key: value\" lines");
  }

  @Test
  void aSecondDocumentIsRefused() {
    assertThat(problemsOf("training: {seed: 1}\n---\ntraining: {epochs: 2}\n"))
        .containsExactly("my.yaml:3: expected one document, found a second one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\n", "# nothing\n", "---\n", "~\n", "training:\n", "training: {}\ndata: ~\n"})
  void aFileWithoutKeysOverridesNothing(String text) {
    assertThat(Settings.of(List.of(file(text)), List.of()).toYaml()).isEqualTo(DEFAULTS.toYaml());
  }

  @ParameterizedTest
  @MethodSource("quotedTens")
  void aQuotedNumberIsTextAndNotANumber(String text) {
    assertThat(problemsOf(text)).singleElement().asString().contains("training.epochs: expected");
  }

  static List<String> quotedTens() {
    return List.of(
        "training: {epochs: \"10\"}",
        "training: {epochs: '10'}",
        "training:\r\n  epochs: \"10\" # ten\r\n",
        "training:\n  epochs: |-\n    10\n",
        "training:\n  epochs: >-\n    10\n",
        "training:\n  epochs: \"\\x310\"\n",
        "training:\n  epochs:\n    '10'\n",
        "# \ud83d\ude00\ud83d\ude00\ntraining: {epochs: '10'}",
        "data: {path: \ud83d\ude00}\ntraining.epochs: \"10\"",
        "training.epochs: !!str 10");
  }

  @ParameterizedTest
  @MethodSource("plainTens")
  void aPlainNumberIsANumberWhateverStandsAroundIt(String text) {
    assertThat(Settings.of(List.of(file(text)), List.of()).integer(Key.EPOCHS)).isEqualTo(10);
  }

  static List<String> plainTens() {
    return List.of(
        "training: {epochs: 10}",
        "training: {epochs: 10   }",
        "training:\r\n  epochs: 10   # \"ten\"\r\n  seed: 1\r\n",
        "training:\n  epochs:\n    10\n\n\n",
        "training:\n  epochs: 10   ",
        "\ufefftraining:\n  epochs: 10\n",
        "%YAML 1.1\n---\n\"training\":\n  'epochs': 10\n...\n",
        "data: {path: \ud83d\ude00}\ntraining.epochs: 10 # \ud83d\ude00",
        "? training.epochs\n: 10\n");
  }

  @ParameterizedTest
  @CsvSource({
    "1e-3, 0.001",
    "1E-3, 0.001",
    "1.0e-3, 0.001",
    "+0.5, 0.5",
    ".5, 0.5",
    "5., 5",
    "3, 3",
    "\t1e-3, 0.001"
  })
  void aDecimalMayBeWrittenInAnyUsualWay(String written, double value) {
    Settings settings =
        Settings.of(List.of(file("optimizer: {learning-rate: " + written + " }")), List.of());

    assertThat(settings.decimal(Key.LEARNING_RATE)).isEqualTo(value);
    assertThat(
            Settings.of(List.of(), List.of("optimizer.learning-rate=" + written))
                .decimal(Key.LEARNING_RATE))
        .isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'1e-3'",
        ".inf",
        ".nan",
        "NaN",
        "Infinity",
        "1e400",
        "1e-400",
        "0",
        "-1",
        "true",
        "~",
        "1_000",
        "0x1p3",
        "1,5",
        "1 2"
      })
  void whatIsNoNumberInRangeIsRefusedForADecimal(String written) {
    assertThat(problemsOf("optimizer.learning-rate: " + written))
        .singleElement()
        .asString()
        .startsWith("my.yaml:1: optimizer.learning-rate: expected a number > 0, found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1e3", "9223372036854775808", "0x10", "on", "", "\"\""})
  void whatIsNoWholeNumberIsRefusedForOne(String written) {
    assertThat(problemsOf("training.seed: " + written))
        .singleElement()
        .asString()
        .startsWith("my.yaml:1: training.seed: expected a whole number in 1..");
  }

  @ParameterizedTest
  @ValueSource(strings = {"!!str x", "!!java.io.File x", "!x y"})
  void tagsAreRefused(String value) {
    assertThat(problemsOf("data.path: " + value))
        .containsExactly("my.yaml:1: data.path: expected a plain value, found a tag or an alias");
  }

  @Test
  void anAliasIsRefusedAndNotTakenForItsName() {
    assertThat(problemsOf("data:\n  path: &a x\nrun:\n  folder: *a\n"))
        .containsExactly("my.yaml:4: run.folder: expected a plain value, found a tag or an alias");
  }

  @Test
  void nestedAndDottedKeysMeanTheSame() {
    Settings nested =
        Settings.of(List.of(file("checkpoint:\n  every-rounds: 5\n  keep: 9\n")), List.of());
    Settings dotted =
        Settings.of(List.of(file("checkpoint.every-rounds: 5\ncheckpoint.keep: 9\n")), List.of());

    assertThat(dotted.integer(Key.CHECKPOINT_EVERY_ROUNDS)).isEqualTo(5);
    assertThat(dotted.integer(Key.CHECKPOINT_KEEP)).isEqualTo(9);
    assertThat(nested.toYaml().replaceAll(" # .*", ""))
        .isEqualTo(dotted.toYaml().replaceAll(" # .*", ""));
  }

  @Test
  void aKeyWithTooManyLevelsIsUnknown() {
    assertThat(problemsOf("training:\n  seed:\n    value: 1\n"))
        .singleElement()
        .asString()
        .startsWith("my.yaml:3: unknown key training.seed.value; ");
  }

  @Test
  void aGpuOrAnotherPrecisionNeedsTheEngineThatHasIt() {
    assertThatThrownBy(
            () -> Settings.of(List.of(), List.of("engine.type=nd4j", "engine.precision=bf16")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("engine.precision bf16 needs engine.type torch, found nd4j");
    assertThatThrownBy(
            () -> Settings.of(List.of(), List.of("engine.type=nd4j", "engine.device=cuda")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("engine.device cuda needs engine.type torch, found nd4j");
    assertThat(
            Settings.of(List.of(), List.of("engine.type=torch", "engine.precision=bf16"))
                .text(Key.ENGINE_PRECISION))
        .isEqualTo("bf16");
  }

  @Test
  void printedSettingsNameTheOriginOfEach() {
    Settings settings =
        Settings.of(List.of(file("\ntraining.seed: 7")), List.of("training.epochs=3"));

    assertThat(settings.toYaml())
        .contains("  seed: 7 # my.yaml:2\n")
        .contains("  epochs: 3 # --set\n")
        .containsPattern("\n  replicas: 2 # conf/tributary.yaml:\\d+\n");
  }

  @Test
  void printedSettingsReadBackWhateverTheirValues() {
    SplittableRandom random = Seeds.random(1);
    for (int i = 0; i < 200; i++) {
      List<String> overrides = new ArrayList<>();
      for (Key key : Key.values()) {
        boolean boundToOthers = BOUND_TO_OTHERS.contains(key);
        if (!boundToOthers && random.nextInt(3) > 0) {
          overrides.add(key.path() + "=" + value(key.type(), random));
        }
      }
      Settings settings = Settings.of(List.of(), overrides);

      requireReadsBack(settings);
    }
  }

  @ParameterizedTest
  @MethodSource("oddTexts")
  void oddTextReadsBack(String text) {
    Settings settings = Settings.of(List.of(), List.of("data.path=" + text));

    assertThat(settings.text(Key.DATA_PATH)).isEqualTo(text);
    requireReadsBack(settings);
  }

  static List<String> oddTexts() {
    return List.of(
        "",
        "\"",
        "'",
        "\\",
        "\\n",
        "C:\\new\\table",
        "a: b",
        "a #b",
        "#",
        "- a",
        "[a]",
        "{a: b}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "~",
        "null",
        "true",
        "42",
        "line\nbreak",
        "carriage\rreturn",
        "tab\tin",
        "bell\u0007",
        "nul\u0000",
        "next\u0085line",
        "line\u2028separator\u2029s",
        "\ufeffmark",
        "no\u00a0break",
        "gr\u00fc\u00df \u65e5\u672c \ud83d\ude00",
        "lone \ud83d surrogate",
        "\ufffe\uffff",
        "s3a://bucket/a%20b?c=d&e=f");
  }

  @Test
  void anOriginWithALineBreakDoesNotBreakThePrintedSettings() {
    Settings settings =
        Settings.of(List.of(new Settings.Source("training.seed: 7", "a\nb.yaml")), List.of());

    requireReadsBack(settings);
  }

  @Test
  void optimizerKeysAreRefusedBesideAModelFile() {
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                Settings.of(
                    List.of(file("optimizer.type: sgd\noptimizer.learning-rate: 0.001\n")),
                    List.of("model.file=net.json")));

    assertThat(e)
        .hasMessage(
            String.join(
                System.lineSeparator(),
                "my.yaml:1: optimizer.type can't be set beside model.file: the file brings its own"
                    + " optimizer",
                "my.yaml:2: optimizer.learning-rate can't be set beside model.file: the file brings"
                    + " its own optimizer"));
  }

  @Test
  void whatIsChosenOfANamedNetworkIsRefusedBesideAModelFile() {
    assertThatThrownBy(
            () -> Settings.of(List.of(file("model.width: 8\n")), List.of("model.file=net.json")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "my.yaml:1: model.width can't be set beside model.file: the file brings its own"
                + " network");
  }

  @Test
  void aFileNamedAsTheDefaultsIsStillTheUsers() {
    Settings.Source edited =
        new Settings.Source("model.file: net.json\noptimizer.type: sgd\n", "conf/tributary.yaml");

    assertThatThrownBy(() -> Settings.of(List.of(edited), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("conf/tributary.yaml:2: optimizer.type can't be set");
  }

  @Test
  void aTrainedNetworkComesFromOnePlaceAndItsSettingsNeedIt() {
    assertThat(problemsOf("model: {from: run, file: net.json}\n"))
        .containsExactly(
            "my.yaml:1: model.from can't be set beside model.file: either of them brings the"
                + " network");
    assertThat(problemsOf("model:\n  freeze-to: conv1\n  replace-head: true\n"))
        .containsExactly(
            "my.yaml:2: model.freeze-to is about a trained network: set model.from, too",
            "my.yaml:3: model.replace-head is about a trained network: set model.from, too");
    assertThat(problemsOf("model: {from: run, width: 8, depth: auto}\n"))
        .containsExactly(
            "my.yaml:1: model.width can't be set beside model.from: it brings its own network");
    assertThat(problemsOf("model.replace-head: 10\n"))
        .containsExactly("my.yaml:1: model.replace-head: expected one of true, false, found 10");
    Settings settings =
        Settings.of(
            List.of(file("model: {from: run, freeze-to: conv1, replace-head: true}")),
            List.of("optimizer.type=sgd"));
    assertThat(settings.flag(Key.MODEL_REPLACE_HEAD)).isTrue();
  }

  @Test
  void storedSettingsWithAModelFileReadBack() {
    Settings settings = Settings.of(List.of(), List.of("model.file=net.json"));

    Settings stored = Settings.of(List.of(file(settings.toYaml())), List.of());

    assertThat(stored.toYaml()).doesNotContain("optimizer:\n  type:", "learning-rate: 0.001");
    assertThat(stored.text(Key.MODEL_FILE)).isEqualTo("net.json");
    assertThat(stored.changedResults(settings)).isEmpty();
  }

  @Test
  void onlyKeysThatChangeTheResultCountAsChanges() {
    Settings earlier = Settings.of(List.of(file("training.seed: 7")), List.of());
    List<String> harmless =
        List.of(
            "data.path=elsewhere",
            "training.epochs=9",
            "checkpoint.keep=1",
            "evaluation.minibatch-size=7",
            "input.prefetch=1",
            "checkpoint.on-failure=continue",
            "run.folder=there",
            "run.lease-seconds=5",
            "training.straggler-factor=3.5",
            "training.round-timeout-minutes=0",
            "training.round-deadline-seconds=0",
            "run.cluster-timeout-seconds=5",
            "training.seed=7");
    List<String> harmful = new ArrayList<>(harmless);
    harmful.addAll(List.of("training.replicas=3", "data.train-split=x"));

    assertThat(Settings.of(List.of(), harmless).changedResults(earlier)).isEmpty();
    assertThat(Settings.of(List.of(), harmful).changedResults(earlier))
        .containsExactly(
            "data.train-split: \"train\" in the run, \"x\" now (--set)",
            "training.replicas: 2 in the run, 3 now (--set)");
  }

  @Test
  void localStepsAreANumberOrAuto() {
    Settings auto = Settings.of(List.of(file("training.local-steps: auto")), List.of());
    Settings settled = auto.with(Key.LOCAL_STEPS, 12, "measured");

    assertThat(auto.isAuto(Key.LOCAL_STEPS)).isTrue();
    assertThat(DEFAULTS.isAuto(Key.LOCAL_STEPS)).isFalse();
    assertThat(settled.integer(Key.LOCAL_STEPS)).isEqualTo(12);
    assertThat(settled.toYaml()).contains("  local-steps: 12 # measured\n");
    assertThat(auto.toYaml()).contains("  local-steps: auto # my.yaml:1\n");
    assertThat(auto.changedResults(settled))
        .containsExactly("training.local-steps: 12 in the run, auto now (my.yaml:1)");
    assertThat(problemsOf("training.local-steps: some"))
        .containsExactly(
            "my.yaml:1: training.local-steps: expected a whole number in 1..1000000, or auto,"
                + " found some");
  }

  @Test
  void whatComesAfterAnAverageIsOneOfThreeSteps() {
    assertThat(DEFAULTS.choice(Key.OUTER_STEP, OuterStepType.class))
        .isEqualTo(OuterStepType.AVERAGE);
    assertThat(problemsOf("training.outer-step: adam"))
        .containsExactly(
            "my.yaml:1: training.outer-step: expected one of average, slowmo, nesterov, found adam");
  }

  @Test
  void parametersTravelAsTheyAreOrRounded() {
    assertThat(DEFAULTS.choice(Key.EXCHANGE_PRECISION, ExchangePrecision.class))
        .isEqualTo(ExchangePrecision.FLOAT32);
    Settings settings = Settings.of(List.of(), List.of("training.exchange-precision=bfloat16"));
    assertThat(settings.choice(Key.EXCHANGE_PRECISION, ExchangePrecision.class))
        .isEqualTo(ExchangePrecision.BFLOAT16);
  }

  @Test
  void whatBecomesOfNumbersThatAreNotFiniteIsOneOfThreeWords() {
    Settings settings = Settings.of(List.of(), List.of("training.non-finite=skip-replica"));
    assertThat(settings.choice(Key.NON_FINITE, NonFinitePolicy.class))
        .isEqualTo(NonFinitePolicy.SKIP_REPLICA);
    assertThat(DEFAULTS.choice(Key.NON_FINITE, NonFinitePolicy.class))
        .isEqualTo(NonFinitePolicy.FAIL);
    assertThat(DEFAULTS.integer(Key.SKIP_REPLICAS_AT_MOST)).isEqualTo(1);
    assertThat(problemsOf("training.non-finite: skip_replica"))
        .containsExactly(
            "my.yaml:1: training.non-finite: expected one of fail, skip-replica, rollback, found"
                + " skip_replica");
  }

  @Test
  void stragglersAndStuckRoundsHaveTheirLimits() {
    assertThat(DEFAULTS.decimal(Key.STRAGGLER_FACTOR)).isEqualTo(2);
    assertThat(DEFAULTS.number(Key.ROUND_TIMEOUT_MINUTES)).isEqualTo(30);
    assertThat(problemsOf("training: {straggler-factor: 1, round-timeout-minutes: -1}"))
        .containsExactly(
            "my.yaml:1: training.straggler-factor: expected a number > 1, found 1",
            "my.yaml:1: training.round-timeout-minutes: expected a whole number in 0..100000, found"
                + " -1");
  }

  @Test
  void aDeadlineIsOffByDefaultAndChangesTheResult() {
    Settings late = Settings.of(List.of(), List.of("training.round-deadline-seconds=20"));
    assertThat(DEFAULTS.number(Key.ROUND_DEADLINE_SECONDS)).isZero();
    assertThat(late.changedResults(DEFAULTS))
        .containsExactly("training.round-deadline-seconds: 0 in the run, 20 now (--set)");
    assertThat(problemsOf("training.round-deadline-seconds: -1"))
        .containsExactly(
            "my.yaml:1: training.round-deadline-seconds: expected a whole number in 0..10000000,"
                + " found -1");
  }

  @Test
  void aWordBecomesTheConstantOfItsName() {
    assertThat(DEFAULTS.choice(Key.ENGINE_TYPE, EngineSettings.Type.class))
        .isEqualTo(EngineSettings.Type.TORCH);
    assertThat(DEFAULTS.choice(Key.OPTIMIZER_STATE, OptimizerStatePolicy.class))
        .isEqualTo(OptimizerStatePolicy.AVERAGE);
  }

  private static void requireReadsBack(Settings settings) {
    String yaml = settings.toYaml();
    Settings again = Settings.of(List.of(file(yaml)), List.of());
    for (Key key : Key.values()) {
      assertThat(valueOf(again, key)).as("%s in %s", key, yaml).isEqualTo(valueOf(settings, key));
    }
  }

  private static Object valueOf(Settings settings, Key key) {
    ValueType type =
        key.type() instanceof NumberOrAuto orAuto && !settings.isAuto(key)
            ? orAuto.number()
            : key.type();
    if (type instanceof WholeNumber) {
      return settings.number(key);
    }
    return type instanceof Decimal ? settings.decimal(key) : settings.text(key);
  }

  private static String value(ValueType type, SplittableRandom random) {
    if (type instanceof NumberOrAuto orAuto) {
      return random.nextBoolean() ? NumberOrAuto.AUTO : value(orAuto.number(), random);
    } else if (type instanceof WholeNumber number) {
      long range = number.max() - number.min();
      long value = number.min() + random.nextLong(Math.min(range, 10_000) + 1);
      return Long.toString(value);
    } else if (type instanceof Decimal decimal) {
      double end = Math.min(decimal.end(), 1e9);
      double value = Math.scalb(random.nextDouble(), -random.nextInt(40)) * end;
      return Double.toString(
          Math.min(Math.nextDown(end), Math.max(Math.nextUp(decimal.min()), value)));
    } else if (type instanceof Choice choice) {
      List<String> words = choice.words().get();
      return words.get(random.nextInt(words.size()));
    }
    return text(random).strip();
  }

  private static String text(SplittableRandom random) {
    String likely = "\"'\\:#-[]{}*&!%@`~, \t\n\r\u0085\u2028\ufeff\u00e4\u65e5ab01";
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(12); length > 0; length--) {
      text.append(
          random.nextInt(4) == 0
              ? (char) random.nextInt(Character.MAX_VALUE + 1)
              : likely.charAt(random.nextInt(likely.length())));
    }
    return text.toString();
  }

  private static List<String> problemsOf(String text) {
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class, () -> Settings.of(List.of(file(text)), List.of()));
    assertThat(e).as(text).isNotNull();
    return e.getMessage().lines().toList();
  }

  private static Settings.Source file(String text) {
    return new Settings.Source(text, "my.yaml");
  }

  private static String defaultsFile() throws Exception {
    try (var in = SettingsTest.class.getResourceAsStream("/tributary/conf/tributary.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
