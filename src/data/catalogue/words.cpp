#include "words.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <unordered_set>

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <xapian.h>

#include "core/core.hpp"

namespace minben::catalogue {

namespace {

bool is_chinese(char32_t c) {
  return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x3ffff) || c == 0x3007;
}

/// Simplified forms of the characters of the basic plane, worked out once: asking ICU's rules for
/// each text costs a hundred times as much.
class Simplified {
 public:
  Simplified() {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::Transliterator> rules(
        icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, status));
    MINBEN_ASSERT(U_SUCCESS(status));
    for (char32_t c = first; c <= last; ++c) {
      icu::UnicodeString text(static_cast<UChar32>(c));
      rules->transliterate(text);
      table_[c - first] = text.length() == 1 ? text.charAt(0) : static_cast<char16_t>(c);
    }
    table_[U'臺' - first] = table_[U'台' - first];
  }
  [[nodiscard]] UChar32 of(UChar32 c) const {
    const auto code = static_cast<char32_t>(c);
    return code >= first && code <= last ? table_[code - first] : c;
  }

 private:
  static constexpr char32_t first = 0x4e00, last = 0x9fff;
  std::array<char16_t, last - first + 1> table_{};
};

icu::UnicodeString folded_unicode(std::string_view text) {
  static const Simplified simplified;
  UErrorCode status = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFKCCasefoldInstance(status);
  MINBEN_ASSERT(U_SUCCESS(status));
  const icu::UnicodeString given =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  const icu::UnicodeString normal = form->normalize(given, status);
  icu::UnicodeString out;
  for (int i = 0; i < normal.length();) {
    const UChar32 c = normal.char32At(i);
    out.append(simplified.of(c));
    i += U16_LENGTH(c);
  }
  return out;
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Xapian refuses longer terms (245 bytes).
constexpr std::size_t longest_term = 200;

std::string stem(const std::string& word) {
  static thread_local const Xapian::Stem english("en");
  return word.size() > 64 ? word.substr(0, 64) : english(word);
}

/// The characters of a run.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    out.emplace_back(text.substr(i, length));
    i += length;
  }
  return out;
}

/// Words that only ask, in folded form.
bool only_asks(const std::string& word) {
  static const std::unordered_set<std::string> asking = [] {
    std::unordered_set<std::string> all;
    for (const char* each :
         {"的",   "了",   "嗎",    "呢",     "啊",     "吧",      "和",      "與",   "及",
          "或",   "在",   "是",    "有",     "我",     "我們",    "你",      "您",   "他",
          "要",   "想",   "想要",  "想知道", "知道",   "可以",    "能",      "哪",   "哪裡",
          "哪些", "哪邊", "什麼",  "怎麼",   "如何",   "多少",    "幾",      "請",   "請問",
          "找",   "找到", "查",    "查詢",   "看",     "給",      "從",      "到",   "這",
          "那",   "這個", "那個",  "資料",   "資料集", "相關",    "關於",    "有關", "一下",
          "the",  "a",    "an",    "of",     "in",     "on",      "for",     "to",   "and",
          "or",   "is",   "are",   "where",  "what",   "how",     "can",     "i",    "find",
          "me",   "my",   "about", "with",   "data",   "dataset", "datasets"})
      all.insert(folded(each));
    return all;
  }();
  return asking.contains(word);
}

}  // namespace

std::string folded(std::string_view text) { return utf8(folded_unicode(text)); }

std::vector<Run> runs_of(std::string_view text) {
  std::vector<Run> runs;
  enum class In { nothing, word, chinese } in = In::nothing;
  const icu::UnicodeString all =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  icu::UnicodeString run;
  const auto finish = [&] {
    if (!run.isEmpty()) runs.push_back({utf8(run), in == In::chinese});
    run.remove();
  };
  for (int i = 0; i < all.length();) {
    const UChar32 c = all.char32At(i);
    i += U16_LENGTH(c);
    const In next = is_chinese(static_cast<char32_t>(c)) ? In::chinese
                    : u_isalnum(c)                       ? In::word
                                                         : In::nothing;
    if (next != in) finish();
    in = next;
    if (next != In::nothing) run.append(c);
  }
  finish();
  return runs;
}

std::vector<std::string> terms_of(const Run& run) {
  if (!run.chinese) return {stem(run.text)};
  const std::vector<std::string> all = characters(run.text);
  std::vector<std::string> terms(all);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) terms.push_back(all[i] + all[i + 1]);
  return terms;
}

std::vector<std::string> wanted_terms(const Run& run) {
  if (!run.chinese) return {stem(run.text)};
  const std::vector<std::string> all = characters(run.text);
  if (all.size() == 1) return all;
  std::vector<std::string> terms;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) terms.push_back(all[i] + all[i + 1]);
  return terms;
}

std::vector<Run> asked_words(std::string_view text) {
  std::vector<Run> words;
  const auto take = [&](Run run) {
    if (run.text.size() <= longest_term && !only_asks(run.text)) words.push_back(std::move(run));
  };
  UErrorCode status = U_ZERO_ERROR;
  static thread_local const std::unique_ptr<icu::BreakIterator> breaker(
      icu::BreakIterator::createWordInstance(icu::Locale::getChinese(), status));
  MINBEN_ASSERT(breaker);
  for (Run& run : runs_of(text)) {
    if (!run.chinese) {
      take(std::move(run));
      continue;
    }
    const icu::UnicodeString whole = icu::UnicodeString::fromUTF8(run.text);
    breaker->setText(whole);
    for (int from = breaker->first(), to = breaker->next(); to != icu::BreakIterator::DONE;
         from = to, to = breaker->next())
      take({utf8(whole.tempSubStringBetween(from, to)), true});
  }
  return words;
}

}  // namespace minben::catalogue
