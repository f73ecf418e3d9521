package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.DataException;

class ManifestTest {
  private static final String DIGEST = "0123456789abcdef".repeat(4);
  private static final String JSON =
      """
      {
        "format" : "tributary-dataset",
        "version" : 1,
        "task" : "image-classification",
        "classes" : [
          "Stiefel",
          "Käfer"
        ],
        "image" : {
          "channels" : 1,
          "height" : 28,
          "width" : 20
        },
        "statistics" : {
          "mean" : [
            0.25
          ],
          "std" : [
            0.125
          ]
        },
        "splits" : {
          "train" : [
            {
              "name" : "train-00000",
              "bytes" : 4096,
              "examples" : 3,
              "sha256" : "DIGEST"
            },
            {
              "name" : "train-00001",
              "bytes" : 1024,
              "examples" : 0,
              "sha256" : "DIGEST"
            }
          ],
          "test" : [ ]
        }
      }
      """
          .replace("DIGEST", DIGEST);

  private static final String TEXT_JSON =
      """
        "text" : {
          "vocabulary" : {
            "kind" : "bpe",
            "lower-case" : true,
            "tokens" : [
              "b",
              " ",
              "a",
              "ab"
            ],
            "merges" : [
              [
                "a",
                "b"
              ]
            ]
          },
          "target-vocabulary" : {
            "kind" : "words",
            "lower-case" : false,
            "tokens" : [
              "é"
            ]
          }
        },
      """;

  @Test
  void itsJsonIsFixedToTheByte() {
    assertThat(new String(manifest().toJson(), StandardCharsets.UTF_8)).isEqualTo(JSON);
  }

  @Test
  void readsWhatItWrites() throws DataException {
    assertThat(parse(JSON)).isEqualTo(manifest());
    assertThat(parse(JSON).splits().keySet()).containsExactly("train", "test");
  }

  @Test
  void imagesOfDifferentSizesHaveNone() throws DataException {
    Images images =
        new Images(
            3,
            Optional.empty(),
            new ChannelStatistics(List.of(0.1, 0.2, 0.3), List.of(0.0, 0.25, 0.5)));
    Manifest manifest =
        new Manifest(Task.SEGMENTATION, List.of("cat", "sky"), images, manifest().splits());

    String json = new String(manifest.toJson(), StandardCharsets.UTF_8);
    assertThat(json).contains("\"channels\" : 3\n").doesNotContain("height", "width");
    assertThat(parse(json)).isEqualTo(manifest);
    assertThat(parse(json).images().shape()).isEmpty();
  }

  @Test
  void aMeanImageIsNamedByItsDigest() throws DataException {
    Images plain = manifest().images();
    Images images = new Images(1, plain.size(), plain.statistics(), DIGEST);
    Manifest manifest =
        new Manifest(Task.IMAGE_CLASSIFICATION, manifest().classes(), images, manifest().splits());

    String json = new String(manifest.toJson(), StandardCharsets.UTF_8);
    assertThat(json)
        .isEqualTo(
            JSON.replace(
                "0.125\n    ]", "0.125\n    ],\n    \"mean-image-sha256\" : \"" + DIGEST + '"'));
    assertThat(parse(json)).isEqualTo(manifest);
    assertThatThrownBy(
            () ->
                parse(
                    json.replace("mean-image-sha256\" : \"" + DIGEST, "mean-image-sha256\" : \"x")))
        .hasMessage(
            "Bad manifest somewhere: SHA-256 of the mean image must be 64 hexadecimal digits, got"
                + " 'x'");
    assertThatThrownBy(
            () ->
                parse(
                    json.replaceAll(".*\"(height|width)\".*\\n", "")
                        .replace("\"channels\" : 1,", "\"channels\" : 1")))
        .hasMessage("Bad manifest somewhere: images that differ in size have no mean image");
  }

  @Test
  void textHasNoImagesAndNeedNotHaveClasses() throws DataException {
    Manifest manifest = new Manifest(Task.LANGUAGE_MODEL, List.of(), null, manifest().splits());

    String json = new String(manifest.toJson(), StandardCharsets.UTF_8);
    assertThat(json).doesNotContain("\"image\"", "statistics");
    assertThat(parse(json)).isEqualTo(manifest);
  }

  @Test
  void vocabulariesAreWrittenInTheOrderOfTheirNumbers() throws DataException {
    Manifest manifest = withText();
    String json = new String(manifest.toJson(), StandardCharsets.UTF_8);

    assertThat(json).contains(TEXT_JSON);
    assertThat(parse(json)).isEqualTo(manifest);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "kind" : "bpe" | "kind" : "letters" | kind: expected one of [characters, words, forms, bpe], found "letters"
          "kind" : "bpe" | "kinds" : "bpe"    | kind: expected one of [characters, words, forms, bpe], found nothing
          "lower-case" : true | "lower-case" : 1 | field lower-case: expected true or false, found 1
          "tokens" : \\[ | "tokens" : [ 4, | tokens: expected strings, found 4
          "tokens" : \\[ | "tokens" : [ "b", | token 'b' is listed twice
          "tokens" : \\[ | "token" : [ | field tokens: expected an array, found nothing
          "merges" : \\[ | "merges" : [ ["a"], | merges: expected pairs of tokens, found ["a"]
          "merges" : \\[ | "merges" : [ ["a", "c"], | merge of 'a' and 'c': expected these
          "vocabulary" | "words" | field vocabulary: expected an object, found nothing
          """)
  void aWrongVocabularyIsNamed(String good, String bad, String message) {
    String json = new String(withText().toJson(), StandardCharsets.UTF_8);
    String broken = json.replaceFirst(good, bad);
    assertThat(broken).isNotEqualTo(json);
    assertThatThrownBy(() -> parse(broken))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Bad manifest somewhere: ")
        .hasMessageContaining(message);
  }

  @Test
  void imagesAloneHaveNoVocabulary() {
    assertThatThrownBy(
            () ->
                new Manifest(
                    Task.SEGMENTATION,
                    List.of(),
                    manifest().images(),
                    withText().text(),
                    manifest().splits()))
        .hasMessage("a dataset for segmentation must not have a vocabulary");
  }

  @Test
  void countsExamples() throws DataException {
    assertThat(manifest().examples("train")).isEqualTo(3);
    assertThat(manifest().examplesPerShard("train")).containsExactly(3, 0);
    assertThat(manifest().examples("test")).isZero();
  }

  @Test
  void anUnknownSplitIsAnErrorThatNamesTheKnownOnes() {
    assertThatThrownBy(() -> manifest().shards("val"))
        .isInstanceOf(DataException.class)
        .hasMessage("Unknown split 'val'; known are [train, test]");
  }

  @Test
  void aVersionFromTheFutureIsRefused() {
    assertThatThrownBy(() -> parse(JSON.replace("\"version\" : 1", "\"version\" : 2")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Bad manifest somewhere: written by a Tributary with dataset version 2, this one reads"
                + " version 1; pack the dataset again with deploy/tributary pack");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "tributary-dataset" | "other"       | format: expected 'tributary-dataset', found 'other'
          "examples" : 3      | "examples" : "3" | field examples: expected an integer, found "3"
          "examples" : 3      | "examples" : -3  | examples must be >= 0, got -3
          "examples" : 3,     | ,                | not JSON
          "examples" : 3      | "count" : 3      | field examples: expected an integer, found nothing
          "bytes" : 4096      | "bytes" : 4096.5 | field bytes: expected an integer, found 4096.5
          "train-00001"       | "../etc/x"       | shard name must be letters, digits, '-' and '_'
          "train-00001"       | "train-00000"    | shard train-00000 is listed twice
          "Käfer"             | "Stiefel"        | class name 'Stiefel' is listed twice
          "Käfer"             | 7                | classes: expected strings, found 7
          0.25                | 1.25             | channel mean must be in [0, 1], got 1.25
          0.25                | "x"              | mean: expected numbers, found "x"
          "channels" : 1      | "channels" : 2   | image channels must be 1 or 3, got 2
          "channels" : 1      | "channels" : 3   | one mean per channel: expected 3, found 1
          "height" : 28       | "width" : 28     | Duplicate field 'width'
          image-classification | tea-leaves      | task: expected one of [image-classification, captioning
          """)
  void aWrongFieldIsNamed(String good, String bad, String message) {
    assertThat(JSON).contains(good);
    assertThatThrownBy(() -> parse(JSON.replaceFirst(good, bad)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Bad manifest somewhere: ")
        .hasMessageContaining(message);
  }

  @Test
  void textThatIsCutIsNoManifest() {
    for (int length = 0; length < JSON.length() - 2; length += 7) {
      String cut = JSON.substring(0, length);
      assertThatThrownBy(() -> parse(cut)).isInstanceOf(DataException.class);
    }
  }

  private static Manifest withText() {
    TokenTable bytePairs =
        new TokenTable(
            TokenKind.BYTE_PAIRS,
            true,
            List.of("b", " ", "a", "ab"),
            List.of(new TokenTable.Merge("a", "b")));
    TokenTable words = new TokenTable(TokenKind.WORDS, false, List.of("é"), List.of());
    return new Manifest(
        Task.PAIRS, List.of(), null, new Text(bytePairs, words), manifest().splits());
  }

  private static Manifest parse(String json) throws DataException {
    return Manifest.fromJson(json.getBytes(StandardCharsets.UTF_8), "somewhere");
  }

  private static Manifest manifest() {
    Map<String, List<ShardInfo>> splits = new LinkedHashMap<>();
    splits.put(
        "train",
        List.of(
            new ShardInfo("train-00000", 4096, 3, DIGEST),
            new ShardInfo("train-00001", 1024, 0, DIGEST)));
    splits.put("test", List.of());
    return new Manifest(
        Task.IMAGE_CLASSIFICATION,
        List.of("Stiefel", "Käfer"),
        Images.of(new ImageShape(1, 28, 20), new ChannelStatistics(List.of(0.25), List.of(0.125))),
        splits);
  }
}
