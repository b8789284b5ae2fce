#!/usr/bin/env bash
# All that a GPU has to say, into a folder, each part ended after its own time: gpu_report.sh [FOLDER]
# About thirty minutes with the last two parts, eight without (QUICK=1).
set -u
cd "$(dirname "$0")/.."
folder=${1:-runs/gpu_report}
mkdir -p "$folder"

part() {  # part NAME SECONDS COMMAND ...
    local name=$1 seconds=$2 start=$SECONDS
    shift 2
    timeout "$seconds" "$@" >"$folder/$name.txt" 2>&1
    echo "$name: exit $?, $((SECONDS - start)) s: $*" | tee -a "$folder/parts.txt"
}

study=(python -m moat_lab.study ablate_order_20_seeds --device cuda)
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader >"$folder/card.txt"
part check 360 python benchmarks/gpu_check.py
part together 120 "${study[@]}" --results "$folder/together" --per-device 4 --together
for count in 1 4 8; do
    part "per_device_$count" 240 "${study[@]}" --results "$folder/per_device_$count" --per-device "$count" --seeds 5
done
part models 240 python benchmarks/model.py --all --device cuda --batch 64 --precision bfloat16
if [ -z "${QUICK:-}" ]; then
    part choices 900 python benchmarks/device.py --device cuda --compile
    part models_compiled 900 python benchmarks/model.py --all --device cuda --batch 64 --precision bfloat16 --compile
fi
