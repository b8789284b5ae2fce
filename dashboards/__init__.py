"""The Streamlit app: reads results folders, draws them, never trains and never loads torch."""
