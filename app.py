"""The dashboard over submissions/, results/ and leaderboard/; reads files, writes none, and works offline.

streamlit run app.py
streamlit run app.py -- --root DIR --benchmarks-dir DIR
"""

from leaderboard.dashboard.site import main

main()
