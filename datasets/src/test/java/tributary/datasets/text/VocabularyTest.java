package tributary.datasets.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.shard.TokenKind;
import tributary.datasets.shard.TokenTable;
import tributary.datasets.shard.TokenTable.Merge;

class VocabularyTest {
  @Test
  void numbersBeginAfterTheSpecials() {
    Vocabulary words = learn(TokenKind.WORDS, 100, false, "b a b c b a");

    assertThat(words.size()).isEqualTo(7);
    assertThat(words.encode("b a c x")).containsExactly(4, 5, 6, Vocabulary.UNKNOWN);
    assertThat(List.of(words.token(0), words.token(1), words.token(2), words.token(3)))
        .containsExactly("<padding>", "<unknown>", "<begin>", "<end>");
  }

  @Test
  void aWordThatIsNotKnownIsReadByItsForm() {
    Vocabulary forms =
        learn(TokenKind.FORMS, 14, false, "the the the the Running Jumping 1961 1945 well-read");

    assertThat(forms.token(4)).isEqualTo("the");
    assertThat(forms.encode("the Swimming 1066 Xyz")).doesNotContain(Vocabulary.UNKNOWN);
    assertThat(forms.encode("Swimming")).isEqualTo(forms.encode("Running"));
    assertThat(forms.token(forms.encode("Swimming")[0])).isEqualTo(" Aa…ing");
    assertThat(forms.token(forms.encode("Xyz")[0])).isEqualTo(" Aa…");
    assertThat(forms.token(forms.encode("1066")[0])).isEqualTo(" 0…000");
    assertThat(forms.encode("?")).containsExactly(Vocabulary.UNKNOWN);
    assertThat(forms.decode(forms.encode("the Swimming"))).isEqualTo("the \ufffd");
  }

  @Test
  void aWordThatIsWrittenLikeASpecialIsNone() {
    Vocabulary vocabulary =
        new Vocabulary(new TokenTable(TokenKind.WORDS, false, List.of("<unknown>"), List.of()));
    assertThat(vocabulary.encode(List.of("<unknown>", "<padding>")))
        .containsExactly(4, Vocabulary.UNKNOWN);
  }

  @Test
  void theMostFrequentAreKeptAndOfEqualsTheFirst() {
    // U+1F600 comes after U+FF01, though Java's strings put it before.
    Vocabulary letters = learn(TokenKind.CHARACTERS, 7, false, "zzb\uff01a\ud83d\ude00");
    assertThat(List.of(letters.token(4), letters.token(5), letters.token(6)))
        .containsExactly("z", "a", "b");
    Vocabulary more = learn(TokenKind.CHARACTERS, 8, false, "zzb\uff01a\ud83d\ude00");
    assertThat(more.token(7)).isEqualTo("\uff01");
  }

  @ParameterizedTest
  @EnumSource(
      value = TokenKind.class,
      names = {"CHARACTERS", "BYTE_PAIRS"})
  void decodingGivesTheTextAgain(TokenKind kind) {
    TokenCounts counts = new TokenCounts();
    VocabularySettings settings = new VocabularySettings(kind, 200, false);
    for (int seed = 0; seed < 200; seed++) {
      settings.count(Texts.random(seed), counts);
    }
    Vocabulary vocabulary = new Vocabulary(settings.learn(counts));
    for (int seed = 0; seed < 1_000; seed++) {
      String text = Texts.random(seed);
      assertThat(vocabulary.decode(vocabulary.encode(text))).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @EnumSource(value = TokenKind.class, mode = EnumSource.Mode.EXCLUDE, names = "FORMS")
  void whatIsDecodedIsEncodedToTheSameNumbers(TokenKind kind) {
    TokenCounts counts = new TokenCounts();
    VocabularySettings settings = new VocabularySettings(kind, 40, false);
    for (int seed = 0; seed < 200; seed++) {
      settings.count(Texts.random(seed), counts);
    }
    Vocabulary vocabulary = new Vocabulary(settings.learn(counts));
    for (int seed = 0; seed < 1_000; seed++) {
      int[] known =
          Arrays.stream(vocabulary.encode(Texts.random(seed)))
              .filter(id -> id != Vocabulary.UNKNOWN)
              .toArray();
      int[] again = vocabulary.encode(vocabulary.decode(known));
      assertThat(vocabulary.decode(again)).isEqualTo(vocabulary.decode(known));
      assertThat(again).doesNotContain(Vocabulary.UNKNOWN);
    }
  }

  @Test
  void specialsAreDecodedToNothingAndTheUnknownToAMark() {
    Vocabulary letters = learn(TokenKind.CHARACTERS, 10, false, "ab");
    assertThat(
            letters.decode(
                new int[] {
                  Vocabulary.BEGIN, 4, Vocabulary.UNKNOWN, 5, Vocabulary.END, Vocabulary.PADDING
                }))
        .isEqualTo("a\ufffdb");
  }

  @ParameterizedTest
  @EnumSource(TokenKind.class)
  void tokenByTokenTheTextIsWrittenThatDecodingGives(TokenKind kind) {
    Vocabulary vocabulary = learn(kind, 40, false, "the cat, the hat and the bat: that is that");
    int[] ids = vocabulary.encode("that cat: the bat");
    StringBuilder text = new StringBuilder();
    int before = Vocabulary.END;
    for (int id : ids) {
      text.append(vocabulary.continuation(before, id));
      before = id;
    }
    assertThat(text.toString()).isEqualTo(vocabulary.decode(ids));
    assertThat(vocabulary.continuation(before, Vocabulary.END)).isEqualTo("\n");
  }

  @ParameterizedTest
  @EnumSource(value = TokenKind.class, mode = EnumSource.Mode.EXCLUDE, names = "FORMS")
  void whatIsUnknownIsNamedOnce(TokenKind kind) {
    Vocabulary vocabulary = learn(kind, 40, false, "the cat, the hat");
    assertThat(vocabulary.unknown("the cat, the hat")).isEmpty();
    assertThat(vocabulary.unknown("the \ud83d\ude00 Q Q cat")).containsExactly("\ud83d\ude00", "Q");
  }

  @Test
  void lowerCaseIsTheSameEverywhere() {
    Vocabulary words = learn(TokenKind.WORDS, 100, true, "TITLE Straße");
    assertThat(words.encode("title STRASSE straße Title"))
        .containsExactly(
            words.id("title"), Vocabulary.UNKNOWN, words.id("straße"), words.id("title"));
    assertThat(words.encode(List.of("TITLE"))).containsExactly(words.id("title"));
  }

  @Test
  void tokensThatWereCutAlreadyStayWhole() {
    TokenCounts counts = new TokenCounts();
    VocabularySettings settings = new VocabularySettings(TokenKind.WORDS, 100, false);
    settings.count(List.of("10 000", "term-end"), counts);
    Vocabulary words = new Vocabulary(settings.learn(counts));
    assertThat(words.encode(List.of("term-end", "10 000", "term")))
        .containsExactly(5, 4, Vocabulary.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({
    "characters, CHARACTERS, 20000",
    "words, WORDS, 20000",
    "words:500, WORDS, 500",
    "bpe:8000, BYTE_PAIRS, 8000",
    "words:5, WORDS, 5",
    "words:1000000, WORDS, 1000000"
  })
  void settingsAreWrittenShort(String text, TokenKind kind, int size) {
    assertThat(VocabularySettings.parse(text, true))
        .contains(new VocabularySettings(kind, size, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "word",
        "words:",
        "words:4",
        "words:1000001",
        "words:-5",
        "bpe:9999999999",
        "Words"
      })
  void otherSettingsAreRefused(String text) {
    assertThat(VocabularySettings.parse(text, false)).isEmpty();
  }

  @Test
  void aTableThatContradictsItselfIsRefused() {
    assertThatThrownBy(() -> new TokenTable(TokenKind.WORDS, false, List.of("a", "a"), List.of()))
        .hasMessage("token 'a' is listed twice");
    assertThatThrownBy(
            () ->
                new TokenTable(
                    TokenKind.BYTE_PAIRS, false, List.of("a", "b"), List.of(new Merge("a", "b"))))
        .hasMessageContaining("merge of 'a' and 'b'");
  }

  private static Vocabulary learn(TokenKind kind, int size, boolean lowerCase, String text) {
    TokenCounts counts = new TokenCounts();
    VocabularySettings settings = new VocabularySettings(kind, size, lowerCase);
    settings.count(text, counts);
    return new Vocabulary(settings.learn(counts));
  }
}
