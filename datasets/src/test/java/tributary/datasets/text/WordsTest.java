package tributary.datasets.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void aWordIsARunOfLettersAndASignIsOneOfItsOwn() {
    assertThat(Words.words("The café's  2nd \"try\": well-known, isn\u2019t it?'"))
        .containsExactly(
            "The",
            "café's",
            "2nd",
            "\"",
            "try",
            "\"",
            ":",
            "well",
            "-",
            "known",
            ",",
            "isn\u2019t",
            "it",
            "?",
            "'");
  }

  @Test
  void ideographsAndKanaStandAlone() {
    assertThat(Words.words("中文abc ひら한국 \ud840\udc00x"))
        .containsExactly("中", "文", "abc", "ひ", "ら", "한국", "\ud840\udc00", "x");
  }

  @Test
  void marksBelongToTheirLetters() {
    assertThat(Words.words("नमस्ते दुनिया")).containsExactly("नमस्ते", "दुनिया");
  }

  @Test
  void onlyBlanksAreNoWords() {
    assertThat(Words.words(" \t\n ")).isEmpty();
    assertThat(Words.words("")).isEmpty();
  }

  @Test
  void noWordIsLongerThanAllowed() {
    assertThat(Words.words("x".repeat(250)))
        .extracting(String::length)
        .containsExactly(Words.MAX_LETTERS, Words.MAX_LETTERS, 50);
  }

  @Test
  void piecesCarryTheBlankBeforeThem() {
    assertThat(Words.pieces("a cat,  two\n x "))
        .containsExactly("a", " cat", ",", " ", " two", "\n", " x", " ");
  }

  @Test
  void piecesPutTogetherAreTheText() {
    for (int seed = 0; seed < 500; seed++) {
      String text = Texts.random(seed);
      assertThat(String.join("", Words.pieces(text))).isEqualTo(text);
      assertThat(Words.words(text)).allSatisfy(word -> assertThat(word).isNotBlank());
    }
  }

  @Test
  void wordsFollowFromTheTextAlone() {
    List<String> words = Words.words("One two");
    assertThat(Words.words("One two")).isEqualTo(words);
  }
}
