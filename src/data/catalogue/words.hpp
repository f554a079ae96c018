#pragma once
// Private: text as the index sees it. 臺 and 台, simplified and traditional forms, full and half
// width, and letters of either case become one; Chinese runs become pairs of characters, since no
// dictionary knows the names of agencies and places.
#include <string>
#include <string_view>
#include <vector>

namespace minben::catalogue {

/// NFKC, lower case, each Chinese character in its simplified form.
std::string folded(std::string_view text);

/// A stretch of a folded text: a Chinese run or a word of letters and digits.
struct Run {
  std::string text;
  bool chinese = false;
};
std::vector<Run> runs_of(std::string_view folded);

/// Terms for the index: pairs and single characters of Chinese runs, stems of words.
std::vector<std::string> terms_of(const Run& run);
/// Terms that a text with this run has: pairs only, the single character of a run of one.
std::vector<std::string> wanted_terms(const Run& run);

/// The words of what somebody asked, without those that ask only ("哪裡可以找到…"): a sentence is
/// cut into words by ICU's dictionary, each of which is a run of its own.
std::vector<Run> asked_words(std::string_view folded);

}  // namespace minben::catalogue
