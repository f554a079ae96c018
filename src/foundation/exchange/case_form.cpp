#include "case_form.hpp"

#include <re2/re2.h>

namespace minben::exchange {

namespace {

constexpr std::size_t max_pattern = 256;

RE2::Options options() {
  RE2::Options out(RE2::Quiet);
  out.set_max_mem(256 << 10);
  return out;
}

}  // namespace

struct CaseForm::Pattern {
  explicit Pattern(const std::string& text) : re2(text, options()) {}
  RE2 re2;
};

Result<CaseForm> CaseForm::parse(const std::string& pattern) {
  if (pattern.size() > max_pattern)
    return fail(Kind::invalid, "bad_pattern", "more than 256 bytes");
  auto made = std::make_shared<Pattern>(pattern);
  if (!made->re2.ok()) return fail(Kind::invalid, "bad_pattern", made->re2.error());
  return CaseForm(std::move(made));
}

bool CaseForm::matches(std::string_view case_number) const {
  return RE2::FullMatch(re2::StringPiece(case_number.data(), case_number.size()), pattern_->re2);
}

}  // namespace minben::exchange
