#include "builtin.hpp"

#include <map>

#include "core/text.hpp"
#include "parser.hpp"

namespace minben::rules {

namespace {
class BuiltinFunction final : public Function {
 public:
  explicit BuiltinFunction(const Builtin& builtin) : builtin_(builtin) {
    for (const std::string_view list : split(builtin.signatures, '|')) {
      auto& signature = signatures_.emplace_back();
      if (list.empty()) continue;
      for (const std::string_view parameter : split(list, ','))
        signature.emplace_back(trim(parameter));
    }
  }
  [[nodiscard]] std::string_view name() const override { return builtin_.name; }
  [[nodiscard]] std::span<const std::vector<std::string>> signatures() const override {
    return signatures_;
  }
  [[nodiscard]] Value call(Machine& machine, Arguments arguments) const override {
    return builtin_.call(machine, arguments);
  }

 private:
  const Builtin& builtin_;
  std::vector<std::vector<std::string>> signatures_;
};

struct Registry {
  std::map<std::string, Value, std::less<>> functions;
  std::vector<std::string> names;
  Registry() {
    for (const auto group :
         {number_functions(), string_functions(), list_functions(), aggregate_functions(),
          context_functions(), conversion_functions(), temporal_functions(), range_functions()})
      for (const Builtin& builtin : group) {
        functions.emplace(builtin.name, std::shared_ptr<const Function>(
                                            std::make_shared<BuiltinFunction>(builtin)));
        names.emplace_back(builtin.name);
      }
  }
};
const Registry& registry() {
  static const Registry all;
  return all;
}
}  // namespace

const Value* find_builtin(std::string_view name) {
  const auto found = registry().functions.find(name);
  return found == registry().functions.end() ? nullptr : &found->second;
}
std::span<const std::string> builtin_names() { return registry().names; }

}  // namespace minben::rules
