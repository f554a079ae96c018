#include "scope.hpp"

#include <algorithm>

namespace minben::rules {

std::size_t Scope::longest_name(Cursor& cursor, std::string& name) const {
  std::size_t longest = 0;
  const auto consider = [&](const std::string& candidate) {
    const std::size_t length = candidate.empty() ? 0 : cursor.length_of(candidate);
    if (length > longest) {
      longest = length;
      name = candidate;
    }
  };
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    for (const Binding& binding : scope->bindings_) consider(binding.name);
    consider(scope->self_);
  }
  return longest;
}

bool Scope::inside_item() const {
  for (const Scope* scope = this; scope; scope = scope->outer_)
    if (std::ranges::any_of(scope->bindings_, &Binding::is_item)) return true;
  return false;
}

/// How this scope reaches a variable of `owner`: directly, or through a chain of captures.
Reference Scope::use(Scope& owner, Reference reference) {
  if (&owner == this) {
    if (reference.place == Reference::Place::slot) {
      used_.resize(std::max(used_.size(), reference.index + 1));
      used_[reference.index] = true;
    }
    return reference;
  }
  const Reference from_outer = outer_->use(owner, reference);
  auto found = std::ranges::find(captures_, from_outer);
  if (found == captures_.end()) found = captures_.insert(captures_.end(), from_outer);
  return {Reference::Place::capture, static_cast<std::size_t>(found - captures_.begin())};
}

NodePtr Scope::resolve(const std::string& name, NodePtr otherwise) {
  return resolve_from(*this, name, std::move(otherwise));
}

// Walks outwards to the binding, wrapping what it finds in a look at each item passed on the way.
NodePtr Scope::resolve_from(Scope& user, const std::string& name, NodePtr otherwise) {
  std::vector<Reference> items;
  NodePtr found;
  for (std::size_t i = bindings_.size(); i-- > 0 && !found;) {
    const Binding& binding = bindings_[i];
    const Reference slot{Reference::Place::slot, binding.slot};
    if (binding.name == name) found = std::make_shared<VariableNode>(user.use(*this, slot));
    if (binding.is_item) items.push_back(user.use(*this, slot));  // its entry "item" hides itself
  }
  if (!found && !self_.empty() && self_ == name)
    found = std::make_shared<VariableNode>(user.use(*this, {Reference::Place::self, 0}));
  if (!found)
    found = outer_ ? outer_->resolve_from(user, name, std::move(otherwise)) : std::move(otherwise);
  for (std::size_t i = items.size(); i-- > 0;)
    found = std::make_shared<ItemEntry>(items[i], name, std::move(found));
  return found;
}

}  // namespace minben::rules
