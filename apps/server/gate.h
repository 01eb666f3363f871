// How much may run at once.
#ifndef HASHLENS_APPS_SERVER_GATE_H_
#define HASHLENS_APPS_SERVER_GATE_H_

#include <atomic>
#include <utility>

namespace hashlens {

// Thread-safe. Outlives its passes.
class Gate {
 public:
  explicit Gate(int most) : most_(most) {}

  // Leaves by itself at its end.
  class Pass {
   public:
    Pass() = default;
    explicit Pass(Gate* gate) : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~Pass() {
      if (gate_ != nullptr) --gate_->inside_;
    }
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    Gate* gate_ = nullptr;
  };

  // False when there are as many inside as may be.
  Pass Enter() {
    // Those who are turned away must not count meanwhile, or they would turn others away.
    for (int inside = inside_; inside < most_;) {
      if (inside_.compare_exchange_weak(inside, inside + 1)) return Pass(this);
    }
    return {};
  }
  int inside() const { return inside_; }

 private:
  const int most_;
  std::atomic<int> inside_{0};
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_GATE_H_
