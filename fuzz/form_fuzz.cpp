// A form file, or inputs for a fixed form: neither may crash.
#include "forms/forms.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  static const auto fixed = forms::Form::load(
      R"({"x-title":{"zh-Hant":"a","en":"a"},"type":"object","properties":{
        "d":{"type":"string","format":"date","x-calendar":"roc","x-title":{"zh-Hant":"a","en":"a"}},
        "n":{"type":"number","x-title":{"zh-Hant":"a","en":"a"}},
        "l":{"type":"array","x-title":{"zh-Hant":"a","en":"a"},"items":{"type":"object","properties":{"t":{"type":"string","x-title":{"zh-Hant":"a","en":"a"}}}}}},
        "x-pages":[{"id":"p","x-title":{"zh-Hant":"a","en":"a"},"fields":["d","n","l"]}]})",
      "fixed.json");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto form = forms::Form::load(text, "fuzz.json"))
    for (const auto& page : form->pages()) static_cast<void>(form->decode(page, {}));
  std::vector<forms::Input> inputs;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t equals = std::min(line.find('='), line.size());
    inputs.emplace_back(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
  }
  const auto& page = fixed->pages().front();
  const auto decoded = fixed->decode(page, inputs);
  static_cast<void>(fixed->validate_page(page, decoded.answers, decoded));
  static_cast<void>(fixed->summary(decoded.answers));
  return 0;
}
