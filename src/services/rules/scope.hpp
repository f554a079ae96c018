#pragma once
// What names mean while a text is parsed: slots of the running frame, captured values of enclosing
// functions, entries of filtered items.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cursor.hpp"
#include "nodes.hpp"

namespace minben::rules {

/// The variables of one expression or one function body.
class Scope {
 public:
  explicit Scope(Scope* outer = nullptr, std::string self = {})
      : outer_(outer), self_(std::move(self)) {}

  std::size_t declare(std::string name) { return bind({std::move(name), next_slot(), false}); }
  /// The item of a filter: itself as "item", and its entries by their names.
  std::size_t declare_item() { return bind({"item", next_slot(), true}); }
  /// Another name for what a slot holds, e.g. "?" for the input of a column.
  void name_slot(std::string name, std::size_t slot) { bind({std::move(name), slot, false}); }
  std::size_t reserve() { return next_slot(); }  ///< a slot without a name
  [[nodiscard]] std::size_t mark() const { return bindings_.size(); }
  void forget_since(std::size_t mark) { bindings_.resize(mark); }

  [[nodiscard]] std::size_t slots() const { return slots_; }
  [[nodiscard]] const std::vector<Reference>& captures() const { return captures_; }
  [[nodiscard]] const std::vector<bool>& used() const { return used_; }  ///< by slot

  /// Length at the cursor of the longest visible name, which goes to `name`; 0 when none is there.
  std::size_t longest_name(Cursor& cursor, std::string& name) const;
  /// What the name is: null when it is not visible and no item is around that might have it.
  NodePtr resolve(const std::string& name, NodePtr otherwise);
  [[nodiscard]] bool inside_item() const;

 private:
  struct Binding {
    std::string name;
    std::size_t slot;
    bool is_item;
  };
  std::size_t next_slot() { return slots_++; }
  std::size_t bind(Binding binding) {
    bindings_.push_back(std::move(binding));
    return bindings_.back().slot;
  }
  Reference use(Scope& owner, Reference reference);
  NodePtr resolve_from(Scope& user, const std::string& name, NodePtr otherwise);

  Scope* outer_;
  std::string self_;
  std::vector<Binding> bindings_;
  std::vector<Reference> captures_;
  std::vector<bool> used_;
  std::size_t slots_ = 0;
};

}  // namespace minben::rules
